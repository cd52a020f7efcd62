CREATE INDEX CONCURRENTLY post_author ON post (author);
