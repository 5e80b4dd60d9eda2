// Wild pointers, wrong numbers, wrong descriptors: an error for the caller, no harm to anybody.
#include "guest.h"

#include <time.h>

#define WILD_COUNT 5
static const unsigned long wild[WILD_COUNT] = {
    0x1000,              // below everything
    0x00007ffffffff000,  // above the stack
    0x0123456789abcdef,  // not canonical
    0xffff800000000000,  // the kernel's
    0xfffffffffffffff0,  // wraps around
};

static int data[2], file;
static char text[64] = "text";
static char good[4096] __attribute__((aligned(16)));

// P marks the argument that gets the wild pointer.
#define P 0xbad0bad0ul
struct call { const char *name; long number; unsigned long arguments[6]; };
#define D ((unsigned long)file)
#define A ((unsigned long)AT_FDCWD)

static int faults(const struct call *calls, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        for (int w = 0; w < WILD_COUNT; ++w) {
            unsigned long a[6];
            for (int k = 0; k < 6; ++k) a[k] = calls[i].arguments[k] == P ? wild[w] : calls[i].arguments[k];
            errno = 0;
            const long result = syscall(calls[i].number, a[0], a[1], a[2], a[3], a[4], a[5]);
            if (result == -1 && errno == EFAULT) continue;
            snprintf(guest_reason, sizeof guest_reason, "%s with %#lx gives %ld, errno %d", calls[i].name, wild[w], result, errno);
            return -1;
        }
    }
    return 0;
}
#define FAULTS(...)                                              \
    const struct call calls[] = {__VA_ARGS__};                   \
    return faults(calls, sizeof calls / sizeof calls[0])
#define CALL(name, ...) {#name, SYS_##name, {__VA_ARGS__}}

static int names(void) {
    const unsigned long t = (unsigned long)text, g = (unsigned long)good;
    FAULTS(CALL(open, P, O_RDONLY), CALL(openat, A, P, O_RDONLY), CALL(creat, P, 0600), CALL(stat, P, g), CALL(lstat, P, g),
           CALL(newfstatat, A, P, g, 0), CALL(access, P, 0), CALL(faccessat, A, P, 0), CALL(chdir, P), CALL(mkdir, P, 0700),
           CALL(mkdirat, A, P, 0700), CALL(rmdir, P), CALL(unlink, P), CALL(unlinkat, A, P, 0), CALL(rename, P, t),
           CALL(link, P, t), CALL(symlink, P, t), CALL(symlink, t, P), CALL(readlink, P, g, 10), CALL(chmod, P, 0600),
           CALL(fchmodat, A, P, 0600), CALL(chown, P, 0, 0), CALL(lchown, P, 0, 0), CALL(truncate, P, 0),
           CALL(statfs, P, g), CALL(execve, P, 0, 0), CALL(mknod, P, S_IFIFO | 0600, 0));
}

static int file_buffers(void) {
    const unsigned long dot = (unsigned long)".";
    FAULTS(CALL(read, D, P, 10), CALL(write, D, P, 10), CALL(pread64, D, P, 10, 0), CALL(pwrite64, D, P, 10, 0),
           CALL(readv, D, P, 1), CALL(writev, D, P, 1), CALL(fstat, D, P), CALL(stat, dot, P), CALL(lstat, dot, P),
           CALL(newfstatat, A, dot, P, 0), CALL(fstatfs, D, P), CALL(statfs, dot, P), CALL(getcwd, P, 4096),
           CALL(readlink, (unsigned long)"/proc/self/exe", P, 10));
}

static int pipe_buffers(void) {
    const unsigned long in = (unsigned long)data[0], out = (unsigned long)data[1];
    FAULTS(CALL(write, out, P, 10), CALL(read, in, P, 4), CALL(pipe, P), CALL(pipe2, P, 0), CALL(poll, P, 1, 0),
           CALL(select, 1, P, 0, 0, 0));
}

static int device_buffers(void) {
    static int zero, null;
    zero = open("/dev/zero", O_RDWR);
    null = open("/dev/null", O_RDWR);
    CHECK(zero >= 0 && null >= 0);
    const struct call calls[] = {{"read /dev/zero", SYS_read, {(unsigned long)zero, P, 100}}};
    const int result = faults(calls, 1);
    close(zero);
    close(null);
    return result;
}

static int process_calls(void) {
    static int child;
    fflush(stdout);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) _exit(0);
    siginfo_t info;
    CHECK_EQ(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    const unsigned long g = (unsigned long)good;
    const struct call calls[] = {
        CALL(rt_sigaction, SIGUSR1, P, 0, 8), CALL(rt_sigaction, SIGUSR1, 0, P, 8), CALL(rt_sigprocmask, SIG_BLOCK, P, 0, 8),
        CALL(rt_sigprocmask, SIG_BLOCK, 0, P, 8), CALL(rt_sigpending, P, 8), CALL(sigaltstack, P, 0), CALL(sigaltstack, 0, P),
        CALL(rt_sigsuspend, P, 8), CALL(rt_sigtimedwait, P, 0, g, 8), CALL(nanosleep, P, 0), CALL(getitimer, 0, P),
        CALL(setitimer, 0, P, 0), CALL(gettimeofday, P, 0), CALL(clock_gettime, CLOCK_REALTIME, P),
        CALL(clock_nanosleep, CLOCK_MONOTONIC, 0, P, 0), CALL(uname, P), CALL(sysinfo, P), CALL(times, P),
        CALL(getrusage, 0, P), CALL(getrlimit, 7, P), CALL(setrlimit, 7, P), CALL(prlimit64, 0, 7, 0, P),
        CALL(getresuid, P, g, g), CALL(getresgid, P, g, g), CALL(getrandom, P, 16, 0),
    };
    const int result = faults(calls, sizeof calls / sizeof calls[0]);
    CHECK_EQ(waitpid(child, NULL, 0), child);
    return result;
}

static int wait_status(void) {
    for (int w = 0; w < WILD_COUNT; ++w) {
        fflush(stdout);
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) _exit(0);
        CHECK_ERROR(syscall(SYS_wait4, child, wild[w], 0, 0), EFAULT);
        while (waitpid(-1, NULL, 0) > 0) {}
    }
    return 0;
}

static int execve_vectors(void) {
    const char *arguments[] = {"x", (const char *)0x1000, NULL};
    CHECK_ERROR(syscall(SYS_execve, "/bin/sh", arguments, NULL), EFAULT);
    CHECK_ERROR(syscall(SYS_execve, "/bin/sh", 0x1000, NULL), EFAULT);
    CHECK_ERROR(syscall(SYS_execve, "/bin/sh", NULL, 0x0123456789abcdef), EFAULT);
    return 0;
}

// A failed read leaves the data where it was.
static int failed_read_loses_nothing(void) {
    char four[5] = {0};
    CHECK_EQ(write(data[1], "keep", 4), 4);
    CHECK_ERROR(syscall(SYS_read, data[0], wild[0], 4), EFAULT);
    CHECK_EQ(read(data[0], four, 4), 4);
    CHECK_EQ(strcmp(four, "keep"), 0);
    return 0;
}

static int half_good_buffer(void) {
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(pages != MAP_FAILED);
    CHECK_EQ(munmap(pages + 4096, 4096), 0);
    memset(pages, 'n', 4096);
    CHECK_ERROR(open(pages + 4090, O_RDONLY), EFAULT);  // a name without an end
    strcpy(pages + 4091, "none");
    CHECK_ERROR(open(pages + 4091, O_RDONLY), ENOENT);  // ends with the page
    CHECK_ERROR(syscall(SYS_fstat, file, pages + 4000), EFAULT);
    CHECK_ERROR(syscall(SYS_uname, pages + 4000), EFAULT);
    CHECK_EQ(munmap(pages, 4096), 0);
    return 0;
}

static int read_only_buffer(void) {
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    CHECK_ERROR(syscall(SYS_fstat, file, page), EFAULT);
    CHECK_ERROR(pread(file, page, 10, 0), EFAULT);
    CHECK_ERROR(syscall(SYS_pipe, page), EFAULT);
    CHECK_ERROR(syscall(SYS_clock_gettime, 0, page), EFAULT);
    CHECK_ERROR(syscall(SYS_read, file, text - text + (char *)(uintptr_t)failed_read_loses_nothing, 10), EFAULT);
    CHECK_EQ(munmap(page, 4096), 0);
    return 0;
}

static int unknown_numbers(void) {
    static const long numbers[] = {180, 181, 182, 183, 184, 185, 214, 400, 423, 999, 1023, 4096, 0x10000, 0x7fffffff, -1, -4096};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i) CHECK_ERROR(syscall(numbers[i], 1, 2, 3, 4, 5, 6), ENOSYS);
    return 0;
}

static int bad_descriptors(void) {
    static const int bad[] = {-1, 99, 1023, 0x7fffffff, (int)0x80000000};
    char byte;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        CHECK_ERROR(read(bad[i], &byte, 1), EBADF);
        CHECK_ERROR(write(bad[i], &byte, 1), EBADF);
        CHECK_ERROR(syscall(SYS_close, bad[i]), EBADF);
        CHECK_ERROR(syscall(SYS_fstat, bad[i], good), EBADF);
        CHECK_ERROR(lseek(bad[i], 0, 0), EBADF);
        CHECK_ERROR(syscall(SYS_fcntl, bad[i], F_GETFD), EBADF);
        CHECK_ERROR(syscall(SYS_ioctl, bad[i], 0x5401, good), EBADF);
        CHECK_ERROR(dup(bad[i]), EBADF);
        CHECK_ERROR(fsync(bad[i]), EBADF);
        CHECK_ERROR(ftruncate(bad[i], 0), EBADF);
        CHECK_ERROR(fchdir(bad[i]), EBADF);
        CHECK_ERROR(fchmod(bad[i], 0600), EBADF);
    }
    return 0;
}

static int bad_values(void) {
    struct timespec negative = {-1, 0};
    CHECK_ERROR(nanosleep(&negative, NULL), EINVAL);
    CHECK_ERROR(syscall(SYS_clock_gettime, 1234, good), EINVAL);
    CHECK_ERROR(syscall(SYS_fcntl, file, 12345, 0), EINVAL);
    CHECK_ERROR(syscall(SYS_read, file, good, -1L), EFAULT);
    CHECK_ERROR(syscall(SYS_pread64, file, good, 10, -1L), EINVAL);
    CHECK_ERROR(syscall(SYS_ioctl, file, 0x12345, good), ENOTTY);
    CHECK_ERROR(syscall(SYS_pipe2, good, 0x7fffffff), EINVAL);
    CHECK_ERROR(syscall(SYS_getcwd, good, 0), ERANGE);
    CHECK_ERROR(syscall(SYS_unlinkat, AT_FDCWD, "x", 0x10000), EINVAL);
    CHECK_ERROR(syscall(SYS_mkdir, "", 0700), ENOENT);
    CHECK_ERROR(syscall(SYS_arch_prctl, 0x9999, 0), EINVAL);
    CHECK_ERROR(syscall(SYS_prctl, 0x9999, 0, 0, 0, 0), EINVAL);
    return 0;
}

static void kernel_stack_pointer(void) {
    __asm__ volatile("mov $0xffffffff80000000, %rsp; mov $39, %eax; syscall; push %rax");
}
static void null_stack_pointer(void) { __asm__ volatile("xor %esp, %esp; mov $39, %eax; syscall; push %rax"); }
static void bad_signal_frame(void) {
    signal(SIGUSR1, SIG_DFL);
    __asm__ volatile("mov $0x5000, %rsp; mov $15, %eax; syscall; ud2");  // rt_sigreturn without a frame
}
static void handler_without_stack(void) {
    struct sigaction action = {.sa_handler = (void (*)(int))(uintptr_t)0x4000};
    sigaction(SIGUSR1, &action, NULL);
    const long self = getpid();
    __asm__ volatile("mov $0x5000, %%rsp; syscall; ud2" ::"a"((long)SYS_kill), "D"(self), "S"((long)SIGUSR1));
}
static int wild_stacks(void) {
    CHECK_DIES(kernel_stack_pointer, SIGSEGV);
    CHECK_DIES(null_stack_pointer, SIGSEGV);
    CHECK_DIES(bad_signal_frame, SIGSEGV);
    CHECK_DIES(handler_without_stack, SIGSEGV);
    return 0;
}

static void set_flags(void) {
    // Direction, alignment check and trap flags at a system call: they come back as they were.
    unsigned long flags;
    __asm__ volatile("pushfq; orq $0x400, (%%rsp); popfq; mov $39, %%eax; syscall; pushfq; pop %0; cld"
                     : "=r"(flags)::"rax", "rcx", "r11", "memory");
    if ((flags & 0x400) == 0) _exit(1);
}
static int odd_flags(void) {
    CHECK_CHILD(set_flags);
    return 0;
}

static int random_calls(void) {
    // Random arguments to every harmless number; the process may get errors, or die, nobody else may.
    for (unsigned seed = 1; seed <= 20; ++seed) {
        fflush(stdout);
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            static const int numbers[] = {0, 1, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 25, 28, 32, 39, 63,
                                          72, 73, 79, 80, 89, 96, 98, 99, 100, 131, 217, 228, 257, 262, 269, 302, 332};
            alarm(1);  // some of these wait for ever
            close(0);
            close(1);
            close(2);
            unsigned long state = seed;
            for (int i = 0; i < 2000; ++i) {
                unsigned long a[6];
                for (int k = 0; k < 6; ++k) {
                    state = state * 6364136223846793005ul + 1442695040888963407ul;
                    a[k] = state >> 62 == 0 ? wild[(state >> 32) % WILD_COUNT] : state >> 62 == 1 ? state >> 60 : state >> 62 == 2 ? (unsigned long)good : state;
                }
                state = state * 6364136223846793005ul + 1442695040888963407ul;
                syscall(numbers[(state >> 33) % (sizeof numbers / sizeof numbers[0])], a[0], a[1], a[2], a[3], a[4], a[5]);
            }
            _exit(0);
        }
        CHECK_EQ(waitpid(child, NULL, 0), child);
    }
    return 0;
}

int main(void) {
    file = open("badinput-file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || write(file, "0123456789012345678901234567890123456789", 40) != 40 || pipe(data) != 0) return 1;
    lseek(file, 0, SEEK_SET);
    if (write(data[1], "full", 4) != 4) return 1;
    RUN(names);
    RUN(file_buffers);
    RUN(pipe_buffers);
    RUN(device_buffers);
    char drain[16];
    if (read(data[0], drain, sizeof drain) < 0) return 1;
    RUN(process_calls);
    RUN(wait_status);
    RUN(execve_vectors);
    RUN(failed_read_loses_nothing);
    RUN(half_good_buffer);
    RUN(read_only_buffer);
    RUN(unknown_numbers);
    RUN(bad_descriptors);
    RUN(bad_values);
    RUN(wild_stacks);
    RUN(odd_flags);
    RUN(random_calls);
    unlink("badinput-file");
    return guest_done();
}
