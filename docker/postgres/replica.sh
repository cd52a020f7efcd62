#!/bin/sh
# Starts a streaming replica of the server "primary": copies it at the first start, and goes on where it was at the next.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	# A copy that was interrupted is begun anew.
	rm -rf "$PGDATA" "$PGDATA.copy"
	PGPASSWORD="$REPLICATION_PASSWORD" pg_basebackup --pgdata="$PGDATA.copy" --write-recovery-conf --checkpoint=fast \
		--wal-method=stream --dbname="host=primary user=replication application_name=$(hostname)"
	mv "$PGDATA.copy" "$PGDATA"
fi
# Without more commits, a WAL sender may miss the last one until its replica reports: by default that takes up to ten seconds.
exec docker-entrypoint.sh postgres -c wal_receiver_status_interval=1s "$@"
