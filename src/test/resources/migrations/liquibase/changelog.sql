--liquibase formatted sql

--changeset tidemark:1
CREATE TABLE post (id bigint PRIMARY KEY, author text NOT NULL);
INSERT INTO post VALUES (1, 'alice');

--changeset tidemark:2 runInTransaction:false
CREATE INDEX CONCURRENTLY post_author ON post (author);
