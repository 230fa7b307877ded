"""Names that pickles use for classes and functions, and the places where these are defined."""

__all__ = ["NAMES", "PLACES"]

#: Pickles hold the names on the left, which stay. The places on the right may change.
PLACES = {
    "CategoryTokenizer": "skembed.tokenization.categories:CategoryTokenizer",
    "ComplementNB": "skembed.ngrams.complement_nb:ComplementNB",
    "Coverage": "skembed.vectors.coverage:Coverage",
    "CostScorer": "skembed.inspection.costs:CostScorer",
    "CountedWords": "skembed.tokenization.counted_words:CountedWords",
    "EmbeddingMatrix": "skembed.embedding_matrix:EmbeddingMatrix",
    "EmbeddingVectorizer": "skembed.pooling:EmbeddingVectorizer",
    "FitProgress": "skembed.inspection.progress.callback:FitProgress",
    "HashBuckets": "skembed.vocabulary:HashBuckets",
    "HashingTokenizerTransformer": "skembed.tokenization.hashing:HashingTokenizerTransformer",
    "KerasTextClassifier": "skembed.classifier:KerasTextClassifier",
    "KerasTokenizerTransformer": "skembed.tokenization.keras_tokenizer:KerasTokenizerTransformer",
    "NaiveBayesScaler": "skembed.ngrams.naive_bayes_scaler:NaiveBayesScaler",
    "NamedColumns": "skembed.tables.named_columns:NamedColumns",
    "NetworkFacts": "skembed.networks.spec:NetworkFacts",
    "NetworkSpec": "skembed.networks.spec:NetworkSpec",
    "NgramVectorizer": "skembed.ngrams.vectorizer:NgramVectorizer",
    "NotSaved": "skembed._training_only:NotSaved",
    "NumberBins": "skembed.tables.number_bins:NumberBins",
    "OneVsRestLogisticRegression": "skembed.ngrams.one_vs_rest:OneVsRestLogisticRegression",
    "PadSequences": "skembed.padding:PadSequences",
    "PartFacts": "skembed.networks.table_facts:PartFacts",
    "PretrainedEmbeddingMatrix": "skembed.embedding:PretrainedEmbeddingMatrix",
    "SavedPath": "skembed._training_only:SavedPath",
    "TableFacts": "skembed.networks.table_facts:TableFacts",
    "TextCleaner": "skembed.cleaning:TextCleaner",
    "TextColumnTransformer": "skembed.tables.text_columns:TextColumnTransformer",
    "TextNetwork": "skembed.networks.text_network:TextNetwork",
    "TfidfTransformer": "skembed.ngrams.tfidf:TfidfTransformer",
    "TokenSequences": "skembed.sequences:TokenSequences",
    "TokenTable": "skembed.token_table:TokenTable",
    "TrainedEmbeddingMatrix": "skembed.trained_embedding:TrainedEmbeddingMatrix",
    "Vocabulary": "skembed.vocabulary:Vocabulary",
    "WeightedVotingClassifier": "skembed.voting.weighted_vote:WeightedVotingClassifier",
    # Functions that build networks.
    "average": "skembed.networks.architectures.dense:average",
    "bilstm": "skembed.networks.architectures.recurrent:bilstm",
    "cnn": "skembed.networks.architectures.convolutional:cnn",
    "cnn_flatten": "skembed.networks.architectures.convolutional:cnn_flatten",
    "flatten": "skembed.networks.architectures.dense:flatten",
    "gru": "skembed.networks.architectures.recurrent:gru",
    "lstm": "skembed.networks.architectures.recurrent:lstm",
    "multichannel_cnn": "skembed.networks.architectures.convolutional:multichannel_cnn",
    "stacked_cnn": "skembed.networks.architectures.convolutional:stacked_cnn",
    "table": "skembed.networks.architectures.table:table",
}
#: The names by place.
NAMES = {place: name for name, place in PLACES.items()}
