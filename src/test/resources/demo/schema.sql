CREATE TABLE IF NOT EXISTS post (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  author     text NOT NULL,
  body       text NOT NULL,
  version    bigint NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS follow (
  follower text NOT NULL,
  followed text NOT NULL,
  PRIMARY KEY (follower, followed)
);

CREATE TABLE IF NOT EXISTS account (
  owner text PRIMARY KEY,
  cents bigint NOT NULL CHECK (cents >= 0)
);

CREATE TABLE IF NOT EXISTS post_like (
  post_id bigint NOT NULL REFERENCES post,
  liker   text NOT NULL,
  PRIMARY KEY (post_id, liker)
);

INSERT INTO account VALUES ('alice', 10000), ('bob', 10000) ON CONFLICT DO NOTHING;

INSERT INTO post (author, body, version, created_at)
SELECT author, body, 0, now() FROM (VALUES ('alice', 'The tide comes in.'), ('bob', 'The tide goes out.')) sample (author, body)
WHERE NOT EXISTS (SELECT FROM post);
