// What a program can get wrong, or try on purpose, when it talks to RS: an error for it, no harm to RS or the services.
// On another system than Axolotl there is nothing to test.
#include "guest.h"
#include "rs_call.h"

struct fault_request { char label[16]; uint32_t kind, reserved; uint64_t after; };

static struct start_record record;
static char label[16];

static long up(void) { return rs(UP, &record, sizeof record, 0, 0); }
static long update(void) { return rs(UPDATE, &record, sizeof record, 0, 0); }
static long named(unsigned command, const char *name) {
    memset(label, 0, sizeof label);
    memcpy(label, name, strnlen(name, sizeof label));
    return rs(command, label, sizeof label, 0, 0);
}

static struct start_record *fresh(const char *command) {
    memset(&record, 0, sizeof record);
    snprintf(record.command, sizeof record.command, "%s", command);
    strcpy(record.label, "abuse");
    record.update_state = 1;
    return &record;
}

static int wild_pointers(void) {
    static const unsigned long wild[] = {0, 0x1000, 0x00007ffffffff000, 0x0123456789abcdef, 0xffff800000000000, 0xfffffffffffffff0};
    const unsigned commands[] = {UP, UPDATE, DOWN, REFRESH, RESTART, LOOKUP, TRACE};
    for (size_t w = 0; w < sizeof wild / sizeof wild[0]; ++w) {
        void *place = (void *)wild[w];
        for (size_t c = 0; c < sizeof commands / sizeof commands[0]; ++c)
            CHECK_ERROR(rs(commands[c], place, c < 2 ? sizeof record : sizeof label, 0, 0), EFAULT);
        CHECK_ERROR(rs(FAULT, place, sizeof(struct fault_request), 0, 0), EFAULT);
        CHECK_ERROR(rs(STATUS, 0, 0, place, 100000), EFAULT);
    }
    return 0;
}

static int wrong_sizes(void) {
    fresh("/bin/true");
    for (unsigned command = UP; command < UNKNOWN; ++command) {
        if (command == SHUTDOWN || command == STATUS || command == 6 || command == 7) continue;
        CHECK_ERROR(rs(command, &record, 0, 0, 0), EINVAL);
        CHECK_ERROR(rs(command, &record, sizeof record - 1, 0, 0), EINVAL);
        CHECK_ERROR(rs(command, &record, ~0ul, 0, 0), EINVAL);
    }
    CHECK_ERROR(rs(UNKNOWN, &record, sizeof record, 0, 0), EINVAL);
    CHECK_ERROR(rs(0x80000000, &record, sizeof record, 0, 0), EINVAL);
    CHECK_ERROR(syscall(RS_CALL, 0x100000000ul, &record, sizeof record), EINVAL);
    return 0;
}

static int texts(void) {
    fresh("bin/true"); CHECK_ERROR(up(), EINVAL);
    fresh(""); CHECK_ERROR(up(), EINVAL);
    memset(fresh("/bin/true")->command, '/', sizeof record.command); CHECK_ERROR(up(), E2BIG);
    memset(fresh("/bin/true")->script, '/', sizeof record.script); CHECK_ERROR(up(), E2BIG);
    memset(fresh("/bin/true")->label, 'x', sizeof record.label); CHECK_ERROR(up(), EINVAL);
    memset(fresh("/bin/true")->ipc, 'x', sizeof record.ipc); CHECK_ERROR(up(), EINVAL);
    fresh("/bin/true")->control_count = 1, memset(record.control, 'x', sizeof record.control); CHECK_ERROR(up(), EINVAL);
    strcpy(fresh("/bin/true")->script, "relative"); CHECK_ERROR(up(), EINVAL);
    fresh("/bin/true"), strcpy(record.label, "pm"); CHECK_ERROR(up(), EBUSY);
    CHECK_ERROR(named(DOWN, "a-label-too-long"), EINVAL);
    CHECK_ERROR(named(DOWN, ""), EINVAL);
    CHECK_ERROR(named(DOWN, "nobody"), ESRCH);
    return 0;
}

static int numbers(void) {
    fresh("/bin/true")->irq_count = 5; CHECK_ERROR(up(), EINVAL);
    fresh("/bin/true")->io_count = 33; CHECK_ERROR(up(), EINVAL);
    fresh("/bin/true")->pci_count = ~0u; CHECK_ERROR(up(), EINVAL);
    fresh("/bin/true")->pci_class_count = 5; CHECK_ERROR(up(), EINVAL);
    fresh("/bin/true")->control_count = 9; CHECK_ERROR(up(), EINVAL);
    fresh("/bin/true")->io_count = 1, record.io[0][0] = 8; CHECK_ERROR(up(), EINVAL);
    fresh("/bin/true")->period = (uint64_t)-1; CHECK_ERROR(up(), EINVAL);
    fresh("/bin/true")->major = 256; CHECK_ERROR(up(), EINVAL);
    fresh("/bin/true")->update_state = 0; CHECK_ERROR(update(), EINVAL);
    fresh("/bin/true")->max_prepare = 20000000001ul; CHECK_ERROR(update(), EINVAL);
    fresh("/bin/true")->max_prepare = (uint64_t)-1; CHECK_ERROR(update(), EINVAL);
    fresh("/bin/true"); CHECK_ERROR(update(), ESRCH);
    return 0;
}

static int programs_that_are_none(void) {
    fresh("/no/such/file"); CHECK_ERROR(up(), ENOENT);
    fresh("/etc"); CHECK_ERROR(up(), EISDIR);
    fresh("/etc/passwd"); CHECK_ERROR(up(), ENOEXEC);
    fresh("/etc/passwd/x"); CHECK_ERROR(up(), ENOTDIR);
    CHECK_ERROR(named(DOWN, "abuse"), ESRCH);  // nothing is left of any of them
    return 0;
}

static int core_services_stay(void) {
    const char *const core[] = {"rs", "pm", "vfs", "ds", "vm", "fs_root"};
    for (size_t i = 0; i < sizeof core / sizeof core[0]; ++i) {
        CHECK_ERROR(named(DOWN, core[i]), EPERM);
        CHECK_ERROR(named(REFRESH, core[i]), EPERM);
        CHECK(named(LOOKUP, core[i]) >= 0);
    }
    return 0;
}

static int faults_that_are_none(void) {
    struct fault_request request = {"nobody", 0, 0, 0};
    CHECK_ERROR(rs(FAULT, &request, sizeof request, 0, 0), ESRCH);
    strcpy(request.label, "log");
    request.kind = 6;
    CHECK_ERROR(rs(FAULT, &request, sizeof request, 0, 0), EINVAL);
    request.kind = ~0u;
    CHECK_ERROR(rs(FAULT, &request, sizeof request, 0, 0), EINVAL);
    memset(request.label, 'x', sizeof request.label);
    CHECK_ERROR(rs(FAULT, &request, sizeof request, 0, 0), EINVAL);
    return 0;
}

/// Records of random bytes; most are refused, none hurts.
static int random_records(void) {
    for (unsigned round = 0; round < 300; ++round) {
        srand(round);
        for (size_t i = 0; i < sizeof record; ++i) ((char *)&record)[i] = (char)rand();
        if (round % 2) record.irq_count = record.io_count = record.pci_count = record.pci_class_count = record.control_count = 0;
        strcpy(record.command, "/etc/passwd");
        if (round % 3 == 0) record.script[255] = record.ipc[511] = record.label[15] = 0;
        CHECK(up() < 0);
        CHECK(update() < 0);
    }
    return 0;
}

/// The last test: it gives its own rights up.
static int users_without_rights(void) {
    CHECK_EQ(setuid(1000), 0);
    fresh("/bin/true");
    CHECK_ERROR(up(), EPERM);
    CHECK_ERROR(update(), EPERM);
    for (unsigned command = DOWN; command <= SHUTDOWN; ++command) CHECK_ERROR(named(command, "log"), EPERM);
    CHECK_ERROR(named(TRACE, "log"), EPERM);
    CHECK_ERROR(rs(STATUS, 0, 0, 0, 0), EPERM);
    CHECK(named(LOOKUP, "log") >= 0);
    return 0;
}

int main(void) {
    if (named(LOOKUP, "pm") < 0) {
        guest_report("nothing_to_test", 0);
        return guest_done();
    }
    RUN(wild_pointers);
    RUN(wrong_sizes);
    RUN(texts);
    RUN(numbers);
    RUN(programs_that_are_none);
    RUN(core_services_stay);
    RUN(faults_that_are_none);
    RUN(random_records);
    RUN(users_without_rights);
    return guest_done();
}
