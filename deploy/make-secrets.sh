#!/bin/sh
# Makes what nobody needs to know, once: the passwords of Postgres and Redis with the addresses that contain them, and
# the secret that private keys are encrypted with. What is there already stays: /secrets may also be filled by hand.
set -eu

random() {
  od -An -tx1 -N32 /dev/urandom | tr -d ' \n'
}

# keep FILE TEXT: the file is whole or not there
keep() {
  [ -s "$1" ] && return
  printf '%s' "$2" >"$1.new"
  mv "$1.new" "$1"
}

keep /secrets/postgres-password "$(random)"
keep /secrets/redis-password "$(random)"
keep /secrets/redis.conf "requirepass $(cat /secrets/redis-password)
masterauth $(cat /secrets/redis-password)
"
keep /secrets/database-url "postgres://pocket:$(cat /secrets/postgres-password)@postgres:5432/pocket"
keep /secrets/redis-url "redis://:$(cat /secrets/redis-password)@redis:6379"
keep /wallet-secret/wallet-secret "$(random)"

# Only where the gateway asks operators for a password.
if [ -d /operator-password ]; then
  keep /operator-password/password "$(random)"
fi
