// Unprivileged processes that make random system calls with arguments that are half right, several at a time, each
// killed at a random moment: whatever they do, nobody else notices and nothing of them stays.
// storm [seed] [processes]: the same seed draws the same calls; when the kill strikes is up to the machine.
#include "guest.h"

#include <sys/resource.h>
#include <sys/time.h>

#define AT_ONCE 4
#define CALLS 400
#define USER 1000

static uint64_t state;
static unsigned long drawn(unsigned long below) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned long)(state >> 11) % below;
}
static int one_in(unsigned n) { return drawn(n) == 0; }

// These would end the experiment instead of being part of it: the machine, other processes than one's own, and what
// takes the alarm away that ends a process which waits for ever.
static int excluded(long number) {
    static const long numbers[] = {SYS_fork,   SYS_vfork,   SYS_clone,    SYS_clone3, SYS_setitimer, SYS_alarm,
                                   SYS_reboot, SYS_ptrace,  SYS_kill,     SYS_tkill,  SYS_tgkill,    SYS_rt_sigqueueinfo,
                                   SYS_vhangup, SYS_syslog, SYS_rt_tgsigqueueinfo, SYS_process_vm_writev, SYS_personality,
                                   SYS_seccomp, SYS_prctl, SYS_unshare, SYS_sethostname, SYS_io_uring_setup};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i)
        if (numbers[i] == number) return 1;
    return number > 334 && number < 424;  // no such calls
}

static char *pages;  // readable, read-only, and a hole behind them
static const char *const names[] = {"f", "g", "d", "d/f", "d/../g", "l", "../storm/f", ".", "..", "/", "", "nowhere/f", "p",
                                    "/proc/self/stat", "/proc/self/fd", "/dev/zero", "/dev/null", "/bin/busybox", "/proc/1/maps"};

static unsigned long pointer(void) {
    switch (drawn(8)) {
        case 0: return (unsigned long)pages + drawn(4096);
        case 1: return (unsigned long)pages + 4096 - drawn(64);                  // into the read-only page
        case 2: return (unsigned long)pages + 8192 - drawn(64);                  // into the hole
        case 3: return one_in(2) ? 0 : 0x00007ffffffff000ul + drawn(8192);
        case 4: return 0xffff800000000000ul + drawn(1ul << 40);
        default: return (unsigned long)names[drawn(sizeof names / sizeof names[0])];
    }
}

static unsigned long argument(void) {
    switch (drawn(8)) {
        case 0: return drawn(12);                                                // a descriptor
        case 1: return drawn(3) - 1;
        case 2: return 1ul << drawn(64);
        case 3: return drawn(70000);
        case 4: return one_in(2) ? (unsigned long)AT_FDCWD : drawn(1ul << 32);
        default: return pointer();
    }
}

// Half the calls are of a kind that changes something; the others are drawn from all numbers.
static long number(void) {
    static const long busy[] = {SYS_open, SYS_openat, SYS_mkdir, SYS_rename, SYS_unlink, SYS_rmdir, SYS_link, SYS_symlink,
                                SYS_chdir, SYS_getcwd, SYS_read, SYS_write, SYS_pread64, SYS_pwrite64, SYS_readv, SYS_close,
                                SYS_dup2, SYS_pipe, SYS_fcntl, SYS_ftruncate, SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap,
                                SYS_brk, SYS_getdents64, SYS_lseek, SYS_stat, SYS_poll, SYS_nanosleep, SYS_rt_sigaction,
                                SYS_rt_sigprocmask, SYS_execve, SYS_flock, SYS_ioctl, SYS_mknod};
    return one_in(2) ? busy[drawn(sizeof busy / sizeof busy[0])] : (long)drawn(450);
}

// A child that ends by itself: it must, for nobody knows of it when its parent is killed.
static void beget(void) {
    struct stat found;
    if (fork() != 0) return;
    for (int i = 0; i < 5; ++i) {
        stat(names[drawn(sizeof names / sizeof names[0])], &found);
        volatile char *fresh = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (fresh != MAP_FAILED) fresh[drawn(65536)] = 1;
    }
    _exit(0);
}

static void make_calls(unsigned seed) {
    state = seed * 0x9e3779b97f4a7c15ul + 1;
    for (int i = 0; i < 20; ++i) drawn(2);
    const int zero = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; ++fd) dup2(zero, fd);
    pages = mmap(0, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 2 * 4096; i += 8) *(unsigned long *)(pages + i) = one_in(4) ? pointer() : drawn(5000);
    mprotect(pages + 4096, 4096, PROT_READ);
    munmap(pages + 8192, 4096);
    const struct rlimit little = {64ul << 20, 64ul << 20}, file = {1ul << 20, 1ul << 20};
    setrlimit(RLIMIT_AS, &little);
    setrlimit(RLIMIT_FSIZE, &file);
    const struct itimerval soon = {{0, 0}, {0, 50000}};
    setitimer(ITIMER_REAL, &soon, 0);
    if (chdir("storm") != 0 || setgid(USER) != 0 || setuid(USER) != 0) _exit(1);
    for (int i = 0; i < CALLS; ++i) {
        const long call = number();
        if (one_in(100)) beget();
        if (!excluded(call)) syscall(call, argument(), argument(), argument(), argument(), argument(), argument());
    }
    _exit(0);
}

static void tidy(void) {
    if (fork() == 0) {
        execl("/bin/busybox", "rm", "-rf", "storm", (char *)0);
        _exit(1);
    }
    while (waitpid(-1, 0, 0) > 0) {}
}

static int storm(unsigned seed, int processes) {
    pid_t running[AT_ONCE] = {0};
    tidy();
    CHECK_EQ(mkdir("storm", 0700), 0);
    CHECK_EQ(chown("storm", USER, USER), 0);
    state = seed + 0x1234567ul;
    for (int i = 0; i < processes + AT_ONCE; ++i) {
        pid_t *place = &running[i % AT_ONCE];
        if (*place != 0) {
            for (unsigned long turn = drawn(one_in(3) ? 20000 : 300); turn > 0; --turn) syscall(SYS_sched_yield);
            kill(*place, SIGKILL);
            CHECK(waitpid(*place, 0, 0) == *place);
        }
        *place = 0;
        if (i >= processes) continue;
        *place = fork();
        CHECK(*place >= 0);
        if (*place == 0) make_calls(seed + (unsigned)i);
    }
    tidy();
    return 0;
}

int main(int count, char **arguments) {
    const unsigned seed = count > 1 ? (unsigned)atoi(arguments[1]) : 1;
    const int result = storm(seed, count > 2 ? atoi(arguments[2]) : 60);
    guest_report("storm", result);
    return guest_done();
}
