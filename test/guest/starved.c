// Live update while no program can fork any more: some processes are kept for services. On another system than Axolotl
// there is nothing to test.
#include "guest.h"
#include "rs_call.h"

enum { most = 4096 };

static struct start_record record;
static pid_t children[most];

static long ask(unsigned command, const char *program) {
    memset(&record, 0, sizeof record);
    strcpy(record.command, program);
    strcpy(record.label, "starved");
    record.update_state = 1;
    return rs(command, &record, sizeof record, 0, 0);
}
static long named(unsigned command) {
    char label[16] = "starved";
    return rs(command, label, sizeof label, 0, 0);
}

static int no_process_is_left_for_programs(void) {
    CHECK_EQ(ask(UP, "/usr/sbin/hello"), 0);
    const long endpoint = named(LOOKUP);
    unsigned count = 0;
    while (count < most && (children[count] = fork()) > 0) ++count;
    if (count < most && children[count] == 0)
        for (;;) pause();
    const int refused = errno;
    errno = 0;
    const long updated = ask(UPDATE, "/usr/sbin/hello2");
    for (unsigned i = 0; i < count; ++i) kill(children[i], SIGKILL);
    for (unsigned i = 0; i < count; ++i) waitpid(children[i], 0, 0);
    CHECK_EQ(refused, EAGAIN);
    CHECK_EQ(updated, 0);
    CHECK_EQ(named(LOOKUP), endpoint);
    CHECK_EQ(named(DOWN), 0);
    return 0;
}

int main(void) {
    char pm[16] = "pm";
    if (rs(LOOKUP, pm, sizeof pm, 0, 0) < 0) {
        guest_report("nothing_to_test", 0);
        return guest_done();
    }
    RUN(no_process_is_left_for_programs);
    return guest_done();
}
