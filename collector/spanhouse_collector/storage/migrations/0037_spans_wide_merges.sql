-- Parts of more than 64 MiB before compression (some 20,000 spans) have a file a column: merging into one goes column after column and
-- takes 140 MB for 60,000 spans, and 220 MB into one file. A fresh part is smaller and keeps its columns in one file.
ALTER TABLE spans
    MODIFY SETTING min_bytes_for_wide_part = 67108864
