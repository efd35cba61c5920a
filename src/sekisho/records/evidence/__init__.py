"""エビデンス: observations, artifacts, documents, findings."""
