"""The groups of damaged files, and the function that tries one file of each."""

from fuzz.files import vector_files

GROUPS = {
    **dict.fromkeys(vector_files.GROUPS, vector_files.try_file),
    "npy": vector_files.try_npy,
    "bombs": vector_files.try_bomb,
    "zip headers": vector_files.try_zip,
}
