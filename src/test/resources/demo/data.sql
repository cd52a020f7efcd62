insert into post (author, body, version, created_at)
	select author, body, 0, now() from (values
		('alice', 'What I have just posted, I want to see.'),
		('bob', 'A moment later is soon enough for me.'),
		('alice', 'Pause both replicas and post something.')) as sample (author, body)
	where not exists (select from post);
insert into follow (follower, followee) values ('alice', 'bob'), ('bob', 'alice') on conflict do nothing;
