create table if not exists post (
	id bigint generated always as identity primary key,
	author text not null,
	body text not null,
	version bigint not null,
	created_at timestamptz not null
);
create index if not exists post_author on post (author, id);
create table if not exists post_like (
	post_id bigint not null references post,
	user_name text not null,
	primary key (post_id, user_name)
);
create table if not exists follow (
	follower text not null,
	followee text not null,
	primary key (follower, followee)
);
create table if not exists account (
	owner text primary key,
	cents bigint not null check (cents >= 0)
);
