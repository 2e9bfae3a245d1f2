-- What a run says of itself, in Arabic, where that is not the same text. Rows from before have English only.
ALTER TABLE execution ADD COLUMN summary_ar TEXT;
ALTER TABLE execution ADD COLUMN error_message_ar TEXT;
ALTER TABLE attempt ADD COLUMN error_message_ar TEXT;
