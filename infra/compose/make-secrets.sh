#!/bin/sh
# Makes the secrets that compose.yaml mounts, with passwords drawn at random: once, in the folder secrets/ beside this file
# (or in the folder given). What is there is left alone: the database keeps the password it was made with.
#
# The containers' users read them through the mount, so in the end the files are readable; the folder never is.
set -eu
umask 077

folder=${1:-$(dirname "$0")/secrets}
names='postgres_password database_url redis_auth queue_url grafana_password'

mkdir -p "$folder"
chmod 700 "$folder"
for name in $names; do
  if [ -e "$folder/$name" ]; then
    echo "make-secrets: $folder/$name is there already: nothing was made. Delete all of $names to start anew." >&2
    exit 1
  fi
done

draw() { od -An -tx1 -N24 /dev/urandom | tr -d ' \n'; }

postgres=$(draw)
redis=$(draw)
printf '%s\n' "$postgres" >"$folder/postgres_password"
printf 'postgresql://freshet:%s@postgres:5432/freshet\n' "$postgres" >"$folder/database_url"
printf 'requirepass %s\n' "$redis" >"$folder/redis_auth"
printf 'redis://:%s@redis:6379\n' "$redis" >"$folder/queue_url"
draw >"$folder/grafana_password"
for name in $names; do chmod 644 "$folder/$name"; done
echo "make-secrets: made $names in $folder" >&2
