#!/bin/sh
# Installs, upgrades or removes an edge node of JzSE:
#
#   curl -fsSL http://<hub>/install.sh | sh -s -- --token <token>
#
# Of a hub that keeps an authority of its own (JZSE_TLS=fleet), deploy/README.md says how to fetch this.
#
# The token comes from "jzse admin regions add <region>". The hub fills in what is written '@SO@' below when it hands this file out.
# Whatever was interrupted is done by running this again with the same options.
set -eu
umask 022

HUB_URL='@HUB_URL@'
PACKAGE='@PACKAGE@'
VERSION='@VERSION@'
SHA256='@SHA256@'
HUB_KEY='@HUB_KEY@'

usage() {
  cat <<'USAGE'
usage: install.sh --token <token> [options]    install an edge node, or change its options
       install.sh --upgrade [options]          put the version that the hub has in its place; the data stays
       install.sh --uninstall [--purge]        remove it; the data stays without --purge

  --token <token>   one-time token of "jzse admin regions add"; not needed once the region is enrolled
  --url <url>       how others reach this edge       (default: http://<first address of this machine>:<port>)
  --host <address>  address to listen on             (default: 0.0.0.0)
  --port <port>     port to listen on                (default: 7400)
  --data <folder>   metadata and chunks              (default: /var/lib/jzse)
  --prefix <folder> program                          (default: /opt/jzse)
  --config <folder> settings                         (default: /etc/jzse)
  --user <name>     account that it runs as          (default: jzse)
  --hub <url>       the hub                          (default: where this script came from)
  --no-service      no systemd: start it in the background now
  --wait <seconds>  how long to wait for its health  (default: 90)
USAGE
}

say() { printf 'jzse: %s\n' "$*"; }
fail() {
  printf 'jzse: %s\n' "$*" >&2
  exit 1
}

main() {
  read_options "$@"
  check_machine
  take_lock
  case $ACTION in
  uninstall) uninstall ;;
  *) install_or_upgrade ;;
  esac
}

read_options() {
  ACTION=install TOKEN='' URL='' HOST='' PORT='' DATA='' PREFIX=/opt/jzse CONFIG=/etc/jzse RUN_AS=jzse
  SERVICE=auto PURGE=no WAIT=90
  while [ $# -gt 0 ]; do
    case $1 in
    --upgrade) ACTION=upgrade ;;
    --uninstall) ACTION=uninstall ;;
    --purge) PURGE=yes ;;
    --no-service) SERVICE=no ;;
    --help | -h)
      usage
      exit 0
      ;;
    --token | --url | --host | --port | --data | --prefix | --config | --user | --hub | --wait)
      [ $# -ge 2 ] || fail "$1 needs a value"
      set_option "$1" "$2"
      shift
      ;;
    *) fail "$1: no such option; --help shows all" ;;
    esac
    shift
  done
  case $HUB_URL in @*) HUB_URL='' ;; esac
  for folder in "$PREFIX" "$CONFIG" "${DATA:-/var/lib/jzse}"; do
    case $folder in
    /*[!A-Za-z0-9/._-]* | *..* | / | /bin | /etc | /home | /lib | /opt | /root | /usr | /var) fail "$folder cannot be used as a folder of JzSE" ;;
    /?*) ;;
    *) fail "write $folder from / on" ;;
    esac
  done
  case $RUN_AS in *[!a-z0-9_-]* | '') fail "$RUN_AS is no name of an account" ;; esac
}

set_option() {
  case $2 in
  *[!A-Za-z0-9/.:_@%?=,+-]*) case $1 in --url | --hub) ;; *) fail "$1: \"$2\" has characters that it cannot have" ;; esac ;;
  esac
  case $1 in
  --token) TOKEN=$2 ;;
  --url) URL=$(checked_url "$2") ;;
  --host) HOST=$2 ;;
  --port) PORT=$(checked_number "$1" "$2") ;;
  --data) DATA=$2 ;;
  --prefix) PREFIX=$2 ;;
  --config) CONFIG=$2 ;;
  --user) RUN_AS=$2 ;;
  --hub) HUB_URL=$(checked_url "$2") ;;
  --wait) WAIT=$(checked_number "$1" "$2") ;;
  esac
}

checked_number() {
  case $2 in '' | *[!0-9]* | ??????*) fail "$1: \"$2\" is no number" ;; esac
  printf '%s' "$2"
}

checked_url() {
  case $1 in
  *[!A-Za-z0-9/.:_-]*) fail "$1 is no address such as http://10.0.0.7:7400" ;;
  http://?* | https://?*) ;;
  *) fail "$1 is no address such as http://10.0.0.7:7400" ;;
  esac
  printf '%s' "${1%/}"
}

check_machine() {
  [ "$(id -u)" = 0 ] || fail 'run this as root'
  [ "$(uname -s)" = Linux ] || fail 'this is for Linux'
  case $(uname -m) in x86_64 | amd64) ;; *) fail "there is no package for $(uname -m) yet, only for x86_64" ;; esac
  if ! getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
    [ -e /lib64/ld-linux-x86-64.so.2 ] || fail 'this system has no glibc, which the package needs'
  fi
  for tool in tar gzip sha256sum sed; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool is missing: install it first"
  done
  if [ "$SERVICE" = auto ]; then
    SERVICE=no
    if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then SERVICE=yes; fi
  fi
}

# One at a time. A lock that was left behind names a process that is gone, or a number that another process has by now.
take_lock() {
  mkdir -p "$PREFIX"
  LOCK=$PREFIX/.lock
  if ! (set -C && printf '%s\n' "$$ $(life_of $$)" >"$LOCK") 2>/dev/null; then
    holder=$(cat "$LOCK" 2>/dev/null || true)
    pid=${holder%% *}
    case $pid in
    '' | *[!0-9]*) ;;
    *) if [ "$pid" != "$$" ] && [ "$holder" = "$pid $(life_of "$pid")" ]; then fail "another run of this script is under way (process $pid)"; fi ;;
    esac
    printf '%s\n' "$$ $(life_of $$)" >"$LOCK"
  fi
  # Of runs that were broken off.
  rm -rf "$PREFIX"/.download.*
  SCRATCH=''
  trap 'rm -rf "$LOCK" ${SCRATCH:+"$SCRATCH"}' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

# When a process began, in ticks of the system; nothing for one that has ended, also if nobody has asked for its end yet.
life_of() {
  life=$(sed -n 's/^.*) \([A-Z]\) /\1 /p' "/proc/$1/stat" 2>/dev/null || true)
  case $life in '' | Z* | X*) return 0 ;; esac
  printf '%s' "$life" | cut -d ' ' -f 20
}

install_or_upgrade() {
  read_settings
  [ "$ACTION" = install ] || [ -e "$PREFIX/current" ] || fail "nothing is installed in $PREFIX: install it first"
  [ -n "$HUB_URL" ] || fail 'say where the hub is: --hub http://…'
  fetch_authority
  fetch_package
  unpack_package
  make_account
  make_folders
  write_settings
  before=$(readlink "$PREFIX/current" 2>/dev/null || true)
  if [ "$before" = "versions/$RELEASE" ]; then before=''; fi
  stop_edge
  if [ -n "$before" ]; then keep_metadata; fi
  switch_to "versions/$RELEASE"
  if start_edge && wait_for_health; then
    rm -rf "$DATA/before-upgrade"
    drop_old_versions "$before"
    say "region $REGION is served by JzSE $VERSION at $URL"
    return
  fi
  if [ -z "$before" ]; then fail "the edge does not get well within $WAIT s; $(log_hint)"; fi
  say "version $VERSION does not get well within $WAIT s: going back"
  stop_edge
  restore_metadata
  switch_to "$before"
  start_edge || true
  wait_for_health || fail "the version from before does not get well either; $(log_hint)"
  rm -rf "${PREFIX:?}/versions/$RELEASE"
  fail "upgrade to $VERSION failed; the version from before runs again"
}

# Settings from the last time count unless an option says otherwise.
read_settings() {
  SETTINGS=$CONFIG/edge.env
  REGION=$(setting JZSE_REGION)
  [ -n "$URL" ] || URL=$(setting JZSE_URL)
  [ -n "$HOST" ] || HOST=$(setting JZSE_HOST)
  [ -n "$PORT" ] || PORT=$(setting JZSE_PORT)
  [ -n "$DATA" ] || DATA=$(setting JZSE_DATA)
  [ -n "$HUB_URL" ] || HUB_URL=$(setting JZSE_HUB_URL)
  HOST=${HOST:-0.0.0.0} PORT=${PORT:-7400} DATA=${DATA:-/var/lib/jzse}
  named='' fingerprint=''
  case $TOKEN in
  '') ;;
  jzse_enrol_*_*)
    named=${TOKEN#jzse_enrol_}
    named=${named%%_*}
    case $TOKEN in *.*) fingerprint=${TOKEN##*.} ;; esac
    ;;
  *) fail 'this is no token of "jzse admin regions add"' ;;
  esac
  if [ -z "$REGION" ]; then
    [ -n "$named" ] || fail 'this region is not set up yet: give the token of "jzse admin regions add" with --token'
    REGION=$named
  elif [ -n "$named" ] && [ "$named" != "$REGION" ]; then
    fail "this machine serves region $REGION, and the token is for $named: take a token for $REGION, or uninstall first"
  fi
  scheme=http
  case $HUB_URL in https://*) if [ -n "$fingerprint" ] || [ -e "$CONFIG/hub-ca.pem" ]; then scheme=https; fi ;; esac
  URL=${URL:-$scheme://$(first_address):$PORT}
}

# By what the token says, the hub is known before anything of it is believed.
fetch_authority() {
  case $HUB_URL in https://*) ;; *) return 0 ;; esac
  [ -n "$fingerprint" ] || return 0
  command -v base64 >/dev/null 2>&1 || fail 'base64 is missing: install it first'
  mkdir -p "$CONFIG"
  if command -v curl >/dev/null 2>&1; then
    curl -fsSk --retry 3 --connect-timeout 10 -o "$CONFIG/hub-ca.pem.new" "$HUB_URL/ca.pem"
  else
    wget -q --no-check-certificate -O "$CONFIG/hub-ca.pem.new" "$HUB_URL/ca.pem"
  fi || fail "the hub at $HUB_URL does not show its authority"
  shown=$(sed '/-----/d' "$CONFIG/hub-ca.pem.new" | base64 -d 2>/dev/null | sha256sum | cut -d ' ' -f 1)
  if [ "$shown" != "$fingerprint" ]; then
    rm -f "$CONFIG/hub-ca.pem.new"
    fail "what answers at $HUB_URL is not the hub that this token is from: nothing was installed"
  fi
  mv "$CONFIG/hub-ca.pem.new" "$CONFIG/hub-ca.pem"
}

setting() {
  if [ -r "$SETTINGS" ]; then sed -n "s/^$1=//p" "$SETTINGS" | tail -n 1; fi
}

first_address() {
  address=$(hostname -I 2>/dev/null | sed 's/ .*//' || true)
  case $address in '' | *[!0-9.]*) address=127.0.0.1 ;; esac
  printf '%s' "$address"
}

fetch() {
  if command -v curl >/dev/null 2>&1; then
    if [ -e "$CONFIG/hub-ca.pem" ]; then
      curl -fsSL --cacert "$CONFIG/hub-ca.pem" --retry 3 --connect-timeout 10 -o "$2" "$1"
    else
      curl -fsSL --retry 3 --connect-timeout 10 -o "$2" "$1"
    fi
  elif command -v wget >/dev/null 2>&1; then
    if [ -e "$CONFIG/hub-ca.pem" ]; then
      wget -q --ca-certificate "$CONFIG/hub-ca.pem" -O "$2" "$1"
    else
      wget -q -O "$2" "$1"
    fi
  else
    fail 'neither curl nor wget is here: install one of them first'
  fi
}

# Nothing of the package is unpacked, and so nothing of it runs, before its sum is what the hub said and signed.
fetch_package() {
  SCRATCH=$(mktemp -d "$PREFIX/.download.XXXXXX")
  fetch "$HUB_URL/dist/SHA256SUMS" "$SCRATCH/SHA256SUMS" || fail "the hub at $HUB_URL does not hand out a package"
  case $SHA256 in
  @*)
    SHA256=$(sed -n 's/^\([0-9a-f]\{64\}\)  .*$/\1/p' "$SCRATCH/SHA256SUMS")
    PACKAGE=$(sed -n 's/^[0-9a-f]\{64\}  \(edge-[0-9.]*-linux-x64\.tar\.gz\)$/\1/p' "$SCRATCH/SHA256SUMS")
    VERSION=${PACKAGE#edge-}
    VERSION=${VERSION%-linux-x64.tar.gz}
    ;;
  *)
    printf '%s  %s\n' "$SHA256" "$PACKAGE" | cmp -s - "$SCRATCH/SHA256SUMS" ||
      fail 'the hub has another package by now: fetch this script again'
    check_signature
    ;;
  esac
  case $PACKAGE in edge-*-linux-x64.tar.gz) ;; *) fail 'the hub names no package' ;; esac
  RELEASE=$VERSION-$(printf '%s' "$SHA256" | cut -c 1-12)
  if [ -e "$PREFIX/versions/$RELEASE/VERSION" ]; then return; fi
  say "fetching JzSE $VERSION from $HUB_URL"
  fetch "$HUB_URL/dist/$PACKAGE" "$SCRATCH/$PACKAGE" || fail "$PACKAGE could not be fetched from $HUB_URL"
  (cd "$SCRATCH" && printf '%s  %s\n' "$SHA256" "$PACKAGE" | sha256sum -c - >/dev/null 2>&1) ||
    fail "$PACKAGE is not what the hub signed: nothing was installed"
}

check_signature() {
  if ! command -v openssl >/dev/null 2>&1; then
    say 'openssl is not here: the sum in this script is what the package is checked by'
    return
  fi
  printf '%s\n' "$HUB_KEY" >"$SCRATCH/hub.pem"
  fetch "$HUB_URL/dist/SHA256SUMS.sig" "$SCRATCH/SHA256SUMS.sig" || fail 'the hub does not sign its package'
  openssl pkeyutl -verify -pubin -inkey "$SCRATCH/hub.pem" -rawin -in "$SCRATCH/SHA256SUMS" -sigfile "$SCRATCH/SHA256SUMS.sig" >/dev/null 2>&1 ||
    fail 'the signature of the hub does not fit: nothing was installed'
}

# Whole or not at all: under its name it stands only when it is complete.
unpack_package() {
  mkdir -p "$PREFIX/versions"
  if [ -e "$PREFIX/versions/$RELEASE/VERSION" ]; then return; fi
  mkdir "$SCRATCH/unpacked"
  tar -xzf "$SCRATCH/$PACKAGE" -C "$SCRATCH/unpacked" --no-same-owner
  rm -rf "${PREFIX:?}/versions/$RELEASE"
  sync
  mv "$SCRATCH/unpacked/jzse-edge-$VERSION" "$PREFIX/versions/$RELEASE"
}

make_account() {
  if id -u "$RUN_AS" >/dev/null 2>&1; then return; fi
  command -v useradd >/dev/null 2>&1 || fail "there is no account $RUN_AS, and no useradd to make it"
  useradd --system --user-group --home-dir "$DATA" --no-create-home --shell /usr/sbin/nologin "$RUN_AS"
}

make_folders() {
  mkdir -p "$CONFIG" "$DATA"
  chown "root:$RUN_AS" "$CONFIG"
  chmod 0750 "$CONFIG"
  chown "$RUN_AS:$RUN_AS" "$DATA"
  chmod 0700 "$DATA"
}

write_settings() {
  cat >"$SETTINGS.new" <<SETTINGS_END
# Settings of this edge; "$PREFIX/current/bin/jzse-edge --help" says what else there is. Lines of yours go to $CONFIG/local.env.
JZSE_REGION=$REGION
JZSE_HUB_URL=$HUB_URL
JZSE_URL=$URL
JZSE_HOST=$HOST
JZSE_PORT=$PORT
JZSE_DATA=$DATA
SETTINGS_END
  if [ "$scheme" = https ]; then printf 'JZSE_TLS=fleet\n' >>"$SETTINGS.new"; fi
  chown "root:$RUN_AS" "$SETTINGS.new"
  chmod 0640 "$SETTINGS.new"
  mv "$SETTINGS.new" "$SETTINGS"
  if [ ! -e "$CONFIG/local.env" ]; then
    : >"$CONFIG/local.env"
    chown "root:$RUN_AS" "$CONFIG/local.env"
    chmod 0640 "$CONFIG/local.env"
  fi
  if [ -n "$TOKEN" ]; then
    # The edge takes it from here, and takes it away when it is enrolled.
    (umask 077 && printf '%s\n' "$TOKEN" >"$DATA/enrol-token.new")
    chown "$RUN_AS:$RUN_AS" "$DATA/enrol-token.new"
    mv "$DATA/enrol-token.new" "$DATA/enrol-token"
  fi
}

switch_to() {
  ln -sfn "$1" "$PREFIX/current.new"
  mv -T "$PREFIX/current.new" "$PREFIX/current"
}

# A newer version may change the metadata in ways that the older one cannot read.
keep_metadata() {
  rm -rf "$DATA/before-upgrade.new"
  mkdir "$DATA/before-upgrade.new"
  for file in "$DATA"/region.db*; do
    if [ -e "$file" ]; then cp -p --reflink=auto "$file" "$DATA/before-upgrade.new/"; fi
  done
  rm -rf "$DATA/before-upgrade"
  mv "$DATA/before-upgrade.new" "$DATA/before-upgrade"
}

restore_metadata() {
  [ -d "$DATA/before-upgrade" ] || return 0
  rm -f "$DATA"/region.db*
  for file in "$DATA/before-upgrade"/region.db*; do
    if [ -e "$file" ]; then cp -p "$file" "$DATA/"; fi
  done
}

drop_old_versions() {
  for version in "$PREFIX"/versions/*; do
    case $version in
    "$PREFIX/versions/$RELEASE" | "$PREFIX/${1:-versions/$RELEASE}") ;;
    *) rm -rf "$version" ;;
    esac
  done
}

UNIT=/etc/systemd/system/jzse-edge.service

start_edge() {
  if [ "$SERVICE" = yes ]; then
    write_unit
    systemctl daemon-reload
    systemctl enable jzse-edge.service >/dev/null 2>&1
    systemctl restart jzse-edge.service
  else
    start_in_background
  fi
}

stop_edge() {
  if [ "$SERVICE" = yes ]; then
    if [ -e "$UNIT" ]; then systemctl stop jzse-edge.service || true; fi
  fi
  pid=$(running_pid)
  [ -n "$pid" ] || return 0
  kill "$pid" 2>/dev/null || true
  seconds=0
  while [ -n "$(running_pid)" ] && [ "$seconds" -lt 30 ]; do
    sleep 1
    seconds=$((seconds + 1))
  done
  if [ -n "$(running_pid)" ]; then kill -9 "$pid" 2>/dev/null || true; fi
}

# Of the edge that this script started in the background, if it runs: a number that was given out again is another program's.
running_pid() {
  pid=$(cat "$DATA/edge.pid" 2>/dev/null || true)
  case $pid in '' | *[!0-9]*) return 0 ;; esac
  case $(readlink "/proc/$pid/exe" 2>/dev/null || true) in "$PREFIX"/versions/*/bin/node*) printf '%s' "$pid" ;; esac
}

start_in_background() {
  command -v setpriv >/dev/null 2>&1 || fail 'setpriv is missing (package util-linux), without which nothing can be started as another account'
  : >>"$DATA/edge.log"
  chown "$RUN_AS:$RUN_AS" "$DATA/edge.log"
  (
    cd "$DATA"
    set -a
    # shellcheck source=/dev/null
    . "$SETTINGS"
    # shellcheck source=/dev/null
    . "$CONFIG/local.env"
    set +a
    export HOME="$DATA" NODE_COMPILE_CACHE="$DATA/compile-cache" UV_THREADPOOL_SIZE=8 MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072
    unset JZSE_ENROL_TOKEN
    setsid setpriv --reuid "$RUN_AS" --regid "$RUN_AS" --clear-groups --no-new-privs "$PREFIX/current/bin/jzse-edge" \
      </dev/null >>"$DATA/edge.log" 2>&1 &
    printf '%s\n' "$!" >"$DATA/edge.pid"
  )
}

write_unit() {
  cat >"$UNIT.new" <<UNIT_END
[Unit]
Description=JzSE edge node
Documentation=$HUB_URL
After=network-online.target
Wants=network-online.target

[Service]
User=$RUN_AS
Group=$RUN_AS
EnvironmentFile=$SETTINGS
EnvironmentFile=-$CONFIG/local.env
Environment=UV_THREADPOOL_SIZE=8 MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 NODE_COMPILE_CACHE=$DATA/compile-cache
ExecStart=$PREFIX/current/bin/jzse-edge
WorkingDirectory=$DATA
Restart=always
RestartSec=1
TimeoutStopSec=30
LimitNOFILE=65536
UMask=0077
NoNewPrivileges=true
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=true
ReadWritePaths=$DATA
PrivateTmp=true
PrivateDevices=true
ProtectClock=true
ProtectHostname=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
ProtectControlGroups=true
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
LockPersonality=true
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
RemoveIPC=true

[Install]
WantedBy=multi-user.target
UNIT_END
  mv "$UNIT.new" "$UNIT"
}

wait_for_health() {
  here=$HOST
  case $here in 0.0.0.0 | ::) here=127.0.0.1 ;; esac
  seconds=0
  while [ "$seconds" -lt "$WAIT" ]; do
    if fetch_once "$scheme://$here:$PORT/readyz" && is_alive; then return 0; fi
    sleep 1
    seconds=$((seconds + 1))
  done
  return 1
}

# Of this machine only whether it answers is asked: its certificate is for how others call it.
fetch_once() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsSk --max-time 5 -o /dev/null "$1" 2>/dev/null
  else
    wget -q --no-check-certificate -T 5 -t 1 -O /dev/null "$1" 2>/dev/null
  fi
}

# What answers at the port may be another program.
is_alive() {
  if [ "$SERVICE" = yes ]; then systemctl is-active --quiet jzse-edge.service; else [ -n "$(running_pid)" ]; fi
}

log_hint() {
  if [ "$SERVICE" = yes ]; then printf 'see journalctl -u jzse-edge'; else printf 'see %s' "$DATA/edge.log"; fi
}

uninstall() {
  SETTINGS=$CONFIG/edge.env
  [ -n "$DATA" ] || DATA=$(setting JZSE_DATA)
  DATA=${DATA:-/var/lib/jzse}
  stop_edge
  if [ "$SERVICE" = yes ] && [ -e "$UNIT" ]; then
    systemctl disable jzse-edge.service >/dev/null 2>&1 || true
    rm -f "$UNIT"
    systemctl daemon-reload
  fi
  rm -f "$DATA/edge.pid"
  if [ "$PURGE" = yes ]; then
    rm -rf "$DATA" "$CONFIG"
    if id -u "$RUN_AS" >/dev/null 2>&1 && command -v userdel >/dev/null 2>&1; then userdel "$RUN_AS" || true; fi
  fi
  rm -rf "$PREFIX"
  if [ "$PURGE" = yes ]; then say 'JzSE and its data are gone'; else say "JzSE is gone; the data is still in $DATA, the settings in $CONFIG"; fi
}

# Last, so that a download that breaks off runs nothing.
main "$@"
