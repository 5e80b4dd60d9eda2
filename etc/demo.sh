#!/bin/sh
# What this system is for, shown by nothing but `service` and busybox: while a program started first
# keeps running, a driver is started, updated, crashed and hung. All times are from `service events`.
# As the first process (`make demo`) it sets the system up before and switches it off at the end.
export PATH=/sbin:/bin:/usr/sbin:/usr/bin
[ $$ = 1 ] && /etc/rc

work=/tmp/demo
hello="-label hello -dev /dev/hello"
failed=0
mkdir -p $work
rm -f $work/*

# ---- how a step is told -----------------------------------------------------------------------

step() {
    printf '\n\033[1m%s\033[0m\n' "$*"
    since=$(service events | awk 'END { print $1 + 0 }')
}

# Runs a command; `output` and `status` are what came of it.
try() {
    printf '   # %s\n' "$*"
    output=$("$@" 2>&1)
    status=$?
    [ -z "$output" ] || printf '%s\n' "$output" | sed 's/^/     /'
}

expect() {
    case "$output" in
    *"$1"*) ;;
    *) printf '     !! expected: %s\n' "$1"; failed=1 ;;
    esac
}

expect_status() {
    [ "$status" = "$1" ] || { printf '     !! exit status %s, expected %s\n' "$status" "$1"; failed=1; }
}

# Opens and reads again until the driver is there: what a program does that got an error once.
read_again() {
    printf '   # cat /dev/hello          (again, if it fails)\n'
    errors=0
    until output=$(cat /dev/hello 2>&1); do
        errors=$((errors + 1))
        [ $errors -lt 100 ] || break
        usleep 20000
    done
    [ $errors = 0 ] || printf '     (after %s errors)\n' $errors
    printf '%s\n' "$output" | sed 's/^/     /'
}

# How often the driver says it was opened: from its lines in the kernel's log.
opens() {
    dd if=/dev/klog bs=65536 count=1 2>/dev/null | sed -n 's/.*hello: called \([0-9]*\) time(s).*/\1/p' | tail -n 1
}

# What RS noted since the step began, and for the table at the end: noted REASON WHAT-WAS-DONE WHAT-CAME-OF-IT.
# An event may be written a moment after what it tells of.
noted() {
    tries=0
    until service events | awk -v since="$since" -v why="$1" '
        $2 == "hello" && $1 > since && $3 ~ why { found = 1 } END { exit !found }'; do
        tries=$((tries + 1))
        [ $tries -lt 250 ] || { printf '     !! RS notes no %s\n' "$1"; failed=1; return; }
        usleep 20000
    done
    service events | awk -v since="$since" '$2 == "hello" && $1 > since && $3 != "-" {
        text = ""
        for (i = 9; i <= NF; ++i) text = text " " $i
        printf "   => %s: %s, endpoint %s -> %s, took %.3f ms%s\n", $2, $3, $4, $6, $7 / 1000, text ? "," text : ""
    }'
    service events | awk -v since="$since" -v why="$1" -v done="$2" -v came="$3" '
        $2 == "hello" && $1 > since && $3 ~ why { took = $7 / 1000; silent = $12 }
        END { printf "%-29s %-43s %8.1f ms\n", done, why == "hang" ? "found after " silent " ms; " came : came, took }
    ' >>$work/table
}

# The table keeps what `noted` wrote, which is from RS' events alone.
show_table() {
    printf '     %-29s %-43s %11s\n' "what was done" "what came of it" "took"
    sed 's/^/     /' $work/table
}

# ---- the demo ---------------------------------------------------------------------------------

cat <<'END'

Five things happen to a driver called hello while a program counts. Of each is shown what is typed
(#), what that prints, and what the reincarnation server noted (=>): why, which process before and
after, and how long it took. Lines at the left margin are the log of the kernel and of the services.
END

step "A program that counts and sums up what it counted runs in the background, through all of this."
( count=0
  while [ ! -e $work/stop ]; do count=$((count + 1)); echo $count; done
  echo $count >$work/count ) | md5sum >$work/sum &

step "1. Start the hello driver and read its device."
try service up /usr/sbin/hello $hello
expect_status 0
try cat /dev/hello
expect "Hello, World!"
noted start "start" "it runs, and answers"

step "2. Update it to version 2 while a descriptor is open. The counter of opens is kept."
exec 3</dev/hello
printf '   # exec 3</dev/hello; dd bs=7 count=1 <&3\n'
printf '     %s\n' "$(dd bs=7 count=1 <&3 2>/dev/null)"
before=$(opens)
try service update /usr/sbin/hello2 $hello
expect_status 0
printf '   # cat <&3                 (the same descriptor, read on)\n'
output=$(cat <&3 2>&1)
printf '     %s\n' "$output"
expect "This is version 2."
read_again
output="opened $before times before, $(opens) times now"
printf '   => %s\n' "$output"
[ "$(opens)" = $((before + 1)) ] || { printf '     !! the counter was lost\n'; failed=1; }
noted update "update to version 2" "same pid, counter and open descriptors"

step "3. Crash it: its processor context is bent to touch an address that is not there."
try service fi hello segv
expect_status 0
read_again
expect "This is version 2."
printf '   => a descriptor from before the crash tells: %s\n' "$(cat <&3 2>&1 | sed 's/.*: //')"
exec 3<&-
noted crash "crash" "a new process answers"
service trace hello | sed -n '1p; /^ *#[0-3] /p' | sed 's/^/     /'

step "4. Hang it: it runs round and round, and answers nobody. RS finds out by the time it burns."
try service fi hello hang
expect_status 0
read_again
expect "This is version 2."
noted hang "endless loop" "a new one answers"

step "5. Update it to a version that crashes at its start. The old one goes on, and nobody notices."
exec 3</dev/hello
before=$(opens)
try service update /usr/lib/demo/hello2_crash $hello
[ $status != 0 ] || { printf '     !! that update should have failed\n'; failed=1; }
printf '   # cat <&3                 (a descriptor from before)\n'
output=$(cat <&3 2>&1)
printf '     %s\n' "$output"
expect "This is version 2."
exec 3<&-
read_again
[ "$(opens)" = $((before + 1)) ] || { printf '     !! the counter was lost\n'; failed=1; }
noted 'update|init-failed' "update to a broken version" "the old one goes on"

step "6. The program in the background never noticed."
touch $work/stop
wait
output="counted to $(cat $work/count), checksum $(cut -c1-32 $work/sum)"
printf '   => %s\n' "$output"
expect "$(seq 1 "$(cat $work/count)" | md5sum | cut -c1-32)"

step "In short, by what 'service events' says:"
show_table

step "What all services look like now:"
service status | sed 's/^/     /'
try service down hello
expect_status 0

if [ $failed = 0 ]; then printf '\ndemo: every step went as it should.\n'; else printf '\ndemo: FAILED.\n'; fi
# To set the terminal means to wait until it has sent what was written; power-off waits for nobody.
[ $$ != 1 ] || { sync; stty echo; poweroff -f; }
exit $failed
