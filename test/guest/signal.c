// Signals: handlers, masks, restart, alternate stack, timers, and what a fault becomes.
#include "guest.h"

#include <setjmp.h>
#include <sys/time.h>
#include <time.h>

static volatile sig_atomic_t count, last_signal;
static void note(int signal) {
    ++count;
    last_signal = signal;
}
static int install(int signal, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    return sigaction(signal, &action, NULL);
}

static int handler_runs_and_returns(void) {
    count = 0;
    CHECK_EQ(install(SIGUSR1, note, 0), 0);
    for (int i = 1; i <= 100; ++i) {
        CHECK_EQ(kill(getpid(), SIGUSR1), 0);
        CHECK_EQ(count, i);
    }
    CHECK_EQ(last_signal, SIGUSR1);
    return 0;
}

static int registers_survive_a_handler(void) {
    count = 0;
    double product = 1.5;
    uint64_t sum = 1;
    for (int i = 0; i < 50; ++i) {
        sum = sum * 3 + 1;
        product *= 1.01;
        CHECK_EQ(raise(SIGUSR1), 0);
    }
    CHECK_EQ(count, 50);
    uint64_t expected = 1;
    double expected_product = 1.5;
    for (int i = 0; i < 50; ++i) {
        expected = expected * 3 + 1;
        expected_product *= 1.01;
    }
    CHECK(sum == expected && product == expected_product);
    return 0;
}

static int blocked_signal_waits(void) {
    sigset_t set, old, pending;
    count = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &set, &old), 0);
    CHECK_EQ(kill(getpid(), SIGUSR1), 0);
    CHECK_EQ(kill(getpid(), SIGUSR1), 0);
    CHECK_EQ(count, 0);
    CHECK_EQ(sigpending(&pending), 0);
    CHECK_EQ(sigismember(&pending, SIGUSR1), 1);
    CHECK_EQ(sigprocmask(SIG_SETMASK, &old, NULL), 0);
    CHECK_EQ(count, 1);  // merged
    return 0;
}

static int suspend_waits_with_another_mask(void) {
    sigset_t block, none;
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &block, NULL), 0);
    count = 0;
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) _exit(kill(getppid(), SIGUSR1));
    sigemptyset(&none);
    CHECK_ERROR(sigsuspend(&none), EINTR);
    CHECK_EQ(count, 1);
    CHECK_EQ(sigprocmask(SIG_UNBLOCK, &block, NULL), 0);
    CHECK_EQ(waitpid(child, NULL, 0), child);
    return 0;
}

static siginfo_t seen_info;
static void note_info(int signal, siginfo_t *info, void *context) {
    (void)context;
    last_signal = signal;
    seen_info = *info;
}
static int information_names_the_sender(void) {
    struct sigaction action = {.sa_sigaction = note_info, .sa_flags = SA_SIGINFO};
    CHECK_EQ(sigaction(SIGUSR2, &action, NULL), 0);
    CHECK_EQ(kill(getpid(), SIGUSR2), 0);
    CHECK_EQ(seen_info.si_signo, SIGUSR2);
    CHECK_EQ(seen_info.si_code, SI_USER);
    CHECK_EQ(seen_info.si_pid, getpid());
    return 0;
}

static int mask_during_handler_inner;
static void nesting(int signal) {
    (void)signal;
    ++count;
    if (count == 1) {
        raise(SIGUSR1);
        mask_during_handler_inner = count;
    }
}
static int signal_is_blocked_in_its_handler(void) {
    count = 0;
    CHECK_EQ(install(SIGUSR1, nesting, 0), 0);
    raise(SIGUSR1);
    CHECK_EQ(mask_during_handler_inner, 1);
    CHECK_EQ(count, 2);
    count = 0;
    CHECK_EQ(install(SIGUSR1, nesting, SA_NODEFER), 0);
    raise(SIGUSR1);
    CHECK_EQ(mask_during_handler_inner, 2);
    return 0;
}

static int reset_hand(void) {
    count = 0;
    CHECK_EQ(install(SIGUSR1, note, SA_RESETHAND), 0);
    raise(SIGUSR1);
    struct sigaction now;
    CHECK_EQ(sigaction(SIGUSR1, NULL, &now), 0);
    CHECK(now.sa_handler == SIG_DFL);
    CHECK_EQ(count, 1);
    return 0;
}

// A child signals us once we wait in read; when the handler has run it writes a byte.
static volatile int *reading, *handled;
static void note_for_child(int signal) {
    note(signal);
    *handled = 1;
}
static int interrupted_read(int flags, ssize_t *result, int *error) {
    int data[2];
    CHECK_EQ(pipe(data), 0);
    reading = guest_flag();
    handled = guest_flag();
    CHECK(reading != NULL && handled != NULL);
    CHECK_EQ(install(SIGUSR1, note_for_child, flags), 0);
    count = 0;
    const pid_t parent = getpid();
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        WAIT_UNTIL(*reading && guest_is_asleep(parent));
        kill(parent, SIGUSR1);
        WAIT_UNTIL(*handled != 0);
        _exit(write(data[1], "x", 1) == 1 ? 0 : 1);
    }
    char byte = 0;
    *reading = 1;
    *result = read(data[0], &byte, 1);
    *error = errno;
    int status = 0;
    while (waitpid(child, &status, 0) < 0) CHECK_EQ(errno, EINTR);
    CHECK_EQ(status, 0);
    CHECK_EQ(count, 1);
    munmap((void *)reading, sizeof *reading);
    munmap((void *)handled, sizeof *handled);
    close(data[0]);
    close(data[1]);
    return 0;
}
static int read_is_interrupted_without_restart(void) {
    ssize_t result = 0;
    int error = 0;
    if (interrupted_read(0, &result, &error) != 0) return -1;
    CHECK_EQ(result, -1);
    CHECK_EQ(error, EINTR);
    return 0;
}
static int read_goes_on_with_restart(void) {
    ssize_t result = 0;
    int error = 0;
    if (interrupted_read(SA_RESTART, &result, &error) != 0) return -1;
    CHECK_EQ(result, 1);
    return 0;
}

static volatile uintptr_t stack_seen;
static void note_stack(int signal) {
    (void)signal;
    stack_seen = (uintptr_t)__builtin_frame_address(0);
}
static int alternate_stack(void) {
    static char area[65536];
    const stack_t stack = {.ss_sp = area, .ss_size = sizeof area};
    stack_t old;
    CHECK_EQ(sigaltstack(&stack, NULL), 0);
    CHECK_EQ(install(SIGUSR1, note_stack, SA_ONSTACK), 0);
    raise(SIGUSR1);
    CHECK(stack_seen >= (uintptr_t)area && stack_seen < (uintptr_t)area + sizeof area);
    CHECK_EQ(sigaltstack(NULL, &old), 0);
    CHECK(old.ss_sp == area);
    const stack_t tiny = {.ss_sp = area, .ss_size = 16};
    CHECK_ERROR(sigaltstack(&tiny, NULL), ENOMEM);
    const stack_t off = {.ss_flags = SS_DISABLE};
    CHECK_EQ(sigaltstack(&off, NULL), 0);
    return 0;
}

static sigjmp_buf escape;
static void *volatile fault_address;
static void leave(int signal, siginfo_t *info, void *context) {
    (void)context;
    fault_address = info->si_addr;
    siglongjmp(escape, signal);
}
static int fault_handler_gets_the_address(void) {
    struct sigaction action = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO};
    CHECK_EQ(sigaction(SIGSEGV, &action, NULL), 0);
    volatile char *wild = (volatile char *)0x123000;
    const int caught = sigsetjmp(escape, 1);
    if (caught == 0) *wild = 1;
    CHECK_EQ(caught, SIGSEGV);
    CHECK(fault_address == (void *)0x123000);
    CHECK_EQ(install(SIGSEGV, SIG_DFL, 0), 0);
    return 0;
}

static void touch_unmapped(void) { *(volatile char *)0x5000 = 1; }
static void read_null(void) { (void)*(volatile char *)0; }
static void touch_kernel(void) { (void)*(volatile char *)0xffffffff80000000; }
static void touch_non_canonical(void) { (void)*(volatile char *)0x0123456789abcdef; }
static void jump_to_null(void) {
    void (*volatile nowhere)(void) = NULL;
    nowhere();
}
static void jump_to_data(void) {
    static char code[16] = {(char)0xc3};
    void (*volatile data)(void) = (void (*)(void))(uintptr_t)code;
    data();
}
static void write_to_code(void) { *(volatile char *)(uintptr_t)write_to_code = 0; }
static void divide(void) {
    volatile int seven = 7, zero = 0;
    volatile int result = seven / zero;
    (void)result;
}
static void halt(void) { __asm__ volatile("hlt"); }
static void disable_interrupts(void) { __asm__ volatile("cli"); }
static void write_port(void) { __asm__ volatile("outb %%al, $0x80" ::"a"(0)); }
static void load_control(void) { __asm__ volatile("mov %0, %%cr3" ::"r"(0ul)); }
static void undefined(void) { __asm__ volatile("ud2"); }
static void breakpoint(void) { __asm__ volatile("int3"); }
static int deeper(int depth) {
    volatile char frame[65536];
    frame[0] = (char)depth;
    return depth == 0 ? 0 : deeper(depth - 1) + frame[0];
}
static void overflow_stack(void) { _exit(deeper(1000000) & 1); }
static void lose_stack(void) { __asm__ volatile("mov $8, %rsp; push %rax"); }
static void abort_self(void) { abort(); }
static void bus_error(void) {
    const int file = open("short-map", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char *map = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, file, 0);
    unlink("short-map");
    if (map == MAP_FAILED) _exit(1);
    (void)*(volatile char *)(map + 4096);
}

static int memory_faults(void) {
    CHECK_DIES(touch_unmapped, SIGSEGV);
    CHECK_DIES(read_null, SIGSEGV);
    CHECK_DIES(touch_kernel, SIGSEGV);
    CHECK_DIES(touch_non_canonical, SIGSEGV);
    CHECK_DIES(jump_to_null, SIGSEGV);
    CHECK_DIES(jump_to_data, SIGSEGV);
    CHECK_DIES(write_to_code, SIGSEGV);
    return 0;
}
static int stack_faults(void) {
    CHECK_DIES(overflow_stack, SIGSEGV);
    CHECK_DIES(lose_stack, SIGSEGV);
    return 0;
}
static int instruction_faults(void) {
    CHECK_DIES(divide, SIGFPE);
    CHECK_DIES(undefined, SIGILL);
    CHECK_DIES(breakpoint, SIGTRAP);
    CHECK_DIES(abort_self, SIGABRT);
    return 0;
}
static int privileged_instructions(void) {
    CHECK_DIES(halt, SIGSEGV);
    CHECK_DIES(disable_interrupts, SIGSEGV);
    CHECK_DIES(write_port, SIGSEGV);
    CHECK_DIES(load_control, SIGSEGV);
    return 0;
}
static int file_map_beyond_its_end(void) {
    CHECK_DIES(bus_error, SIGBUS);
    return 0;
}

static void blocked_fault(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    touch_unmapped();
}
static void ignored_fault(void) {
    signal(SIGSEGV, SIG_IGN);
    touch_unmapped();
}
static int fault_cannot_be_put_off(void) {
    CHECK_DIES(blocked_fault, SIGSEGV);
    CHECK_DIES(ignored_fault, SIGSEGV);
    return 0;
}

static int default_actions(void) {
    static const int lethal[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGPIPE, SIGVTALRM};
    static const int harmless[] = {SIGCHLD, SIGURG, SIGWINCH, SIGCONT};
    for (size_t i = 0; i < sizeof lethal / sizeof lethal[0]; ++i) {
        fflush(stdout);
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            signal(lethal[i], SIG_DFL);
            raise(lethal[i]);
            _exit(0);
        }
        int status = 0;
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK(WIFSIGNALED(status));
        CHECK_EQ(WTERMSIG(status), lethal[i]);
    }
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; ++i) CHECK_EQ(raise(harmless[i]), 0);
    return 0;
}

static int bad_arguments(void) {
    struct sigaction action = {.sa_handler = note};
    CHECK_ERROR(sigaction(SIGKILL, &action, NULL), EINVAL);
    CHECK_ERROR(sigaction(SIGSTOP, &action, NULL), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_sigaction, 0, &action, NULL, 8), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_sigaction, 65, &action, NULL, 8), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &action, 4), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_sigprocmask, 9, &action, NULL, 8), EINVAL);
    CHECK_ERROR(kill(getpid(), 65), EINVAL);
    CHECK_ERROR(kill(getpid(), -1), EINVAL);
    CHECK_ERROR(kill(0x3fffff00, SIGTERM), ESRCH);
    return 0;
}

static int alarm_and_timer(void) {
    count = 0;
    CHECK_EQ(install(SIGALRM, note, 0), 0);
    const struct itimerval soon = {.it_value = {0, 50000}};
    CHECK_EQ(setitimer(ITIMER_REAL, &soon, NULL), 0);
    CHECK_ERROR(pause(), EINTR);
    CHECK_EQ(count, 1);
    CHECK_EQ(alarm(100), 0);
    CHECK(alarm(0) > 90);
    const struct itimerval often = {.it_value = {0, 10000}, .it_interval = {0, 10000}};
    const struct itimerval never = {0};
    CHECK_EQ(setitimer(ITIMER_REAL, &often, NULL), 0);
    while (count < 5) pause();
    CHECK_EQ(setitimer(ITIMER_REAL, &never, NULL), 0);
    return 0;
}

static int sleep_is_interrupted_with_the_rest(void) {
    CHECK_EQ(install(SIGALRM, note, 0), 0);
    const struct itimerval soon = {.it_value = {0, 50000}};
    CHECK_EQ(setitimer(ITIMER_REAL, &soon, NULL), 0);
    const struct timespec wanted = {100, 0};
    struct timespec left = {0, 0};
    CHECK_ERROR(nanosleep(&wanted, &left), EINTR);
    CHECK(left.tv_sec >= 90 && left.tv_sec < 100);
    const struct timespec bad = {0, 1000000000};
    CHECK_ERROR(nanosleep(&bad, NULL), EINVAL);
    return 0;
}

static int child_signal_and_ignore(void) {
    count = 0;
    CHECK_EQ(install(SIGCHLD, note, SA_RESTART), 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) _exit(0);
    CHECK_EQ(waitpid(child, NULL, 0), child);
    WAIT_UNTIL(count == 1);
    CHECK_EQ(install(SIGCHLD, SIG_IGN, 0), 0);
    const pid_t gone = fork();
    CHECK(gone >= 0);
    if (gone == 0) _exit(0);
    CHECK_ERROR(waitpid(gone, NULL, 0), ECHILD);  // waits until it is gone, then there is nobody
    CHECK_EQ(install(SIGCHLD, SIG_DFL, 0), 0);
    return 0;
}

static int timed_wait_for_a_signal(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    const struct timespec moment = {0, 20000000};
    CHECK_ERROR(sigtimedwait(&set, NULL, &moment), EAGAIN);
    CHECK_EQ(raise(SIGUSR1), 0);
    CHECK_EQ(sigtimedwait(&set, NULL, &moment), SIGUSR1);
    CHECK_EQ(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
    return 0;
}

static volatile int first_seen, second_seen;
static void on_first(int number) {
    (void)number;
    ++first_seen;
}
static void on_second(int number) {
    (void)number;
    ++second_seen;
}

// The call that sends a signal to its own caller: the handler has run when it returns, and its result is its own.
static int call_signals_its_own_caller(void) {
    first_seen = second_seen = 0;
    signal(SIGUSR1, on_first);
    signal(SIGUSR2, on_second);
    for (int i = 1; i <= 50; ++i) {
        CHECK_EQ(kill(getpid(), SIGUSR1), 0);
        CHECK_EQ(first_seen, i);
    }
    sigset_t both, old;
    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &both, &old), 0);
    CHECK_EQ(kill(getpid(), SIGUSR2), 0);
    CHECK_EQ(second_seen, 0);
    CHECK_EQ(sigprocmask(SIG_SETMASK, &old, NULL), 0);  // one becomes deliverable
    CHECK_EQ(second_seen, 1);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &both, NULL), 0);
    CHECK_EQ(kill(getpid(), SIGUSR1), 0);
    CHECK_EQ(kill(getpid(), SIGUSR2), 0);
    CHECK_EQ(sigprocmask(SIG_SETMASK, &old, NULL), 0);  // two
    CHECK_EQ(first_seen, 51);
    CHECK_EQ(second_seen, 2);
    signal(SIGUSR1, SIG_DFL);
    signal(SIGUSR2, SIG_DFL);
    return 0;
}

// Registers are the program's: a value that as a result would mean something to the system comes back as it was.
static int odd_register_survives_a_handler(void) {
    first_seen = 0;
    signal(SIGALRM, on_first);
    for (long odd = -1030; odd < -500; odd += 53) {
        const int seen = first_seen;
        const struct itimerval soon = {{0, 0}, {0, 2000}};
        CHECK_EQ(setitimer(ITIMER_REAL, &soon, NULL), 0);
        long after = 0;
        __asm__ volatile("mov %1, %%rax\n1: cmp %%rax, %1\njne 2f\nmov %2, %%ecx\ncmp %3, %%ecx\nje 1b\n2: mov %%rax, %0"
                         : "=r"(after)
                         : "r"(odd), "m"(first_seen), "r"(seen)
                         : "rax", "rcx", "cc", "memory");
        CHECK_EQ(after, odd);
        CHECK_EQ(first_seen, seen + 1);
    }
    signal(SIGALRM, SIG_DFL);
    return 0;
}

int main(void) {
    RUN(handler_runs_and_returns);
    RUN(registers_survive_a_handler);
    RUN(blocked_signal_waits);
    RUN(suspend_waits_with_another_mask);
    RUN(information_names_the_sender);
    RUN(signal_is_blocked_in_its_handler);
    RUN(reset_hand);
    RUN(read_is_interrupted_without_restart);
    RUN(read_goes_on_with_restart);
    RUN(alternate_stack);
    RUN(fault_handler_gets_the_address);
    RUN(memory_faults);
    RUN(stack_faults);
    RUN(instruction_faults);
    RUN(privileged_instructions);
    RUN(file_map_beyond_its_end);
    RUN(fault_cannot_be_put_off);
    RUN(default_actions);
    RUN(bad_arguments);
    RUN(alarm_and_timer);
    RUN(sleep_is_interrupted_with_the_rest);
    RUN(child_signal_and_ignore);
    RUN(timed_wait_for_a_signal);
    RUN(call_signals_its_own_caller);
    RUN(odd_register_survives_a_handler);
    return guest_done();
}
