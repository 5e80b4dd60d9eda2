; In assembly, so that no compiler's idea of a message is measured along. Trap convention: axo/ipc.hpp.
bits 64
default rel

%define RECEIVE 2
%define SENDREC 3
%define NOTIFY 4
%define REPLY_RECEIVE 6
%define SENDA_RECEIVE 7
%define SENDA 16
%define ANY 0x80000001
%define REPLY_FLAG 0x0100
%define COMMON_TYPE 0xe00

global bench_serve, bench_trap, bench_trap_receive, bench_trap_with_words, bench_nothing

section .text

bench_serve:
    mov rbx, (ANY << 32) | RECEIVE
    mov rbp, REPLY_FLAG << 48
.receive:
    mov rax, rbx
    syscall
.next:
    mov rax, rsi
    shr rax, 48
    and eax, 0x3f                       ; by which primitive it came
    cmp eax, NOTIFY
    je .notified
    cmp eax, SENDA
    je .asked
    cmp eax, SENDREC
    jne .receive
    mov rax, rsi
    shl rax, 32
    or rax, REPLY_RECEIVE
    mov rsi, rbp
    mov edi, ANY
    syscall
    jmp .next
.asked:                                 ; answers likewise
    mov rax, rsi
    shl rax, 32
    or rax, SENDA_RECEIVE
    mov rsi, rbp
    mov edi, ANY
    syscall
    jmp .next
.notified:                              ; notifies back
    mov rax, rsi
    shl rax, 32
    or rax, NOTIFY
    syscall
    jmp .receive

%macro enter_loop 0
    push rbx
    push rbp
    push r12
    push r13
    push r14
    push r15
    mov rbp, rdi                        ; kept by every trap, as is rbx
    mov rbx, rsi
%endmacro

%macro leave_loop 0
    dec rbx
    jnz .next
    pop r15
    pop r14
    pop r13
    pop r12
    pop rbp
    pop rbx
    ret
%endmacro

bench_nothing:
    enter_loop
.next:
    mov rax, rbp
    leave_loop

bench_trap:
    enter_loop
.next:
    mov rax, rbp
    mov rsi, COMMON_TYPE << 32
    mov edi, ANY                        ; SENDA_RECEIVE: from whom
    mov edx, 1                          ; a tag: an answer is wanted
    syscall
    leave_loop

bench_trap_receive:
    enter_loop
.next:
    mov rax, rbp
    mov rsi, COMMON_TYPE << 32
    mov edx, 1
    syscall
    mov rax, (ANY << 32) | RECEIVE
    syscall
    leave_loop

bench_trap_with_words:
    enter_loop
.next:
    mov rax, rbp
    mov rsi, COMMON_TYPE << 32
    mov r8d, 1
    mov r9d, 2
    mov r10d, 3
    mov r12d, 4
    mov r13d, 5
    mov r14d, 6
    mov r15d, 7
    syscall
    leave_loop
