"""busybox's shell and applets on real work."""


def test_pipeline_of_five_over_ten_megabytes(machine):
    machine.ok("i=0; while [ $i -lt 1000 ]; do echo \"line $i of the file, padded to some length\"; i=$((i+1)); done > /tmp/k")
    machine.ok("i=0; : > /tmp/big; while [ $i -lt 240 ]; do cat /tmp/k; i=$((i+1)); done > /tmp/big")
    size = int(machine.ok("wc -c < /tmp/big"))
    assert size > 10_000_000
    count = machine.ok("cat /tmp/big | grep 'line 7 ' | tr 'a-z' 'A-Z' | sort | wc -l", limit=300)
    assert int(count) == 240
    machine.ok("rm /tmp/k /tmp/big")


def test_tar_gzip_sha256_round_trip(machine):
    machine.ok("mkdir -p /tmp/tree/a/b && cp /bin/busybox /tmp/tree/a && cp /etc/passwd /tmp/tree/a/b && ln -s a/b /tmp/tree/link")
    before = machine.ok("cd /tmp/tree && find . -type f | sort | xargs sha256sum; cd /")
    machine.ok("cd /tmp && tar cf - tree | gzip > t.tgz; cd /", limit=300)
    machine.ok("mkdir /tmp/out && cd /tmp/out && gzip -dc ../t.tgz | tar xf -; cd /", limit=300)
    after = machine.ok("cd /tmp/out/tree && find . -type f | sort | xargs sha256sum; cd /")
    assert before == after and "busybox" in before
    assert machine.ok("readlink /tmp/out/tree/link") == "a/b"
    machine.ok("rm -r /tmp/tree /tmp/out /tmp/t.tgz")


def test_exit_status_and_variables(machine):
    assert machine.run("false")[1] == 1
    assert machine.run("sh -c 'exit 37'")[1] == 37
    assert machine.run("/no/such/command")[1] == 127
    assert machine.ok("x=5; echo $((x * 3))") == "15"


def test_here_document_and_substitution(machine):
    assert machine.ok("echo $(echo inner | tr a-z A-Z)") == "INNER"


def test_script_with_interpreter_line(machine):
    machine.ok("printf '#!/bin/sh\\necho script $1\\n' > /tmp/s && chmod +x /tmp/s")
    assert machine.ok("/tmp/s works") == "script works"
    machine.ok("rm /tmp/s")


def test_files_with_holes(machine):
    machine.ok("dd if=/etc/passwd of=/tmp/hole bs=1 seek=1000000 count=10 2>/dev/null")
    assert machine.ok("wc -c < /tmp/hole") == "1000010"
    machine.ok("rm /tmp/hole")


def test_background_jobs_and_kill(machine):
    # Not by the interactive shell itself, which ignores SIGTERM: so does its child until it has got further.
    machine.ok("sh -c 'sleep 1000 & kill $!; wait $!; [ $? = 143 ]'")


def test_non_root_user_cannot_read_roots_files(machine):
    machine.ok("echo secret > /root/secret && chmod 600 /root/secret")
    output, status = machine.run("su nobody -s /bin/sh -c 'cat /root/secret'")
    assert status != 0 and "secret" not in output.replace("/root/secret", "")
    machine.ok("rm /root/secret")


def test_interrupt_key_ends_the_foreground_program(boot):
    machine = boot().wait_prompt()
    machine.send("sh -c 'echo running; sleep 1000'\n")
    machine.wait(r"^running\n")
    machine.send("\x03")
    machine.wait_prompt()
    assert machine.ok("echo alive") == "alive"
