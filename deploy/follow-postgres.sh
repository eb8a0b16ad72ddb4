#!/bin/sh
# A Postgres that follows the first one: begins with a copy of it, then gets all that is written there.
set -eu

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # A copy that was cut off begins anew; the place in the log that was kept for it as well.
  find "$PGDATA" -mindepth 1 -delete
  export PGPASSWORD="$(cat /secrets/postgres-password)"
  psql -qAt -h postgres -U pocket -d pocket \
    -c "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'replica'" >/dev/null
  pg_basebackup -h postgres -U pocket -D "$PGDATA" --write-recovery-conf --wal-method=stream \
    --checkpoint=fast --create-slot --slot=replica
  chmod 700 "$PGDATA"
fi

exec postgres -c max_connections=300 -c hba_file=/etc/postgres/pg_hba.conf
