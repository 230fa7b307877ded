"""The groups of damaged files, and the function that tries one file of each."""

from fuzz.files import archives, cache_files, pickles, tokenizer_json, vector_files

GROUPS = {
    **dict.fromkeys(vector_files.GROUPS, vector_files.try_file),
    "npy": vector_files.try_npy,
    "bombs": vector_files.try_bomb,
    "zip headers": vector_files.try_zip,
    **dict.fromkeys(cache_files.GROUPS, cache_files.try_cache),
    **dict.fromkeys(tokenizer_json.GROUPS, tokenizer_json.try_json),
    **dict.fromkeys(pickles.GROUPS, pickles.try_pickle),
    **archives.GROUPS,
}
