# What the scripts in Tools share. Source it; it defines functions and $root.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# The runtime prints memory in crash reports unless told otherwise; OpenBLAS is slow if told the wrong processor.
export SWIFT_BACKTRACE=${SWIFT_BACKTRACE:-registers=none}
export TCP_NODELAY=1
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

build_packages="g++ libdcmtk-dev libssl-dev libopenblas-dev libsqlite3-dev libopenjp2-7-dev zlib1g-dev"

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# install WHY PACKAGE...: installs what is missing, as root or with sudo, and says so.
install() {
    local why=$1 missing=() package
    shift
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "$why needs: apt-get install ${missing[*]}   (run that as root first)"
        as_root=(sudo)
    fi
    say "installing for $why: ${missing[*]}"
    # A package that brings a service must not start it here.
    local policy=/usr/sbin/policy-rc.d made_policy=
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
        "${as_root[@]}" chmod +x $policy
        made_policy=1
    fi
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >/dev/null
    if [ -n "$made_policy" ]; then "${as_root[@]}" rm -f $policy; fi
}

need_swift() {
    command -v swift >/dev/null || die "Swift 6.3 is needed; get it from https://www.swift.org/install/linux/"
}

# build CONFIGURATION: builds cxrgate and sets $cxrgate to it. A release carries Swift's library in itself, as its package
# wants it: what is run, measured and packed is one program, built once.
build() {
    local options=(-c "$1")
    if [ "$1" = release ]; then options+=(--static-swift-stdlib); fi
    need_swift
    install "building" $build_packages
    (cd "$root" && swift build "${options[@]}" --product cxrgate >&2) || die "the build failed"
    cxrgate=$(cd "$root" && swift build "${options[@]}" --show-bin-path)/cxrgate
}

# free_port: a TCP port of the loopback that nobody listens on.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 30000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo $port; return; }
    done
}

# wait_for SECONDS COMMAND...: tries until it succeeds.
wait_for() {
    local deadline=$(($(date +%s) + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt $deadline ] || return 1
        sleep 0.1
    done
}

milliseconds() { date +%s%3N; }
