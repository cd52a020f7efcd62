CREATE TABLE post (id bigint PRIMARY KEY, author text NOT NULL);
INSERT INTO post VALUES (1, 'alice');
