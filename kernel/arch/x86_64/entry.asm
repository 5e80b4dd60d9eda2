; Every way into the kernel from user mode, and every way out.
;
; An entry saves user registers into the running Process (its Registers come first, in the order of Context) and goes on
; in C++ on the kernel stack, which starts anew each time. SENDREC, REPLY_RECEIVE and SENDA_RECEIVE of system processes
; first try their fast paths: there the message words 3..6 stay in r12..r15 all the way from the sender to the receiver,
; because C++ keeps these registers; only what C++ may lose is stored.

bits 64
default rel

%include "offsets.inc"              ; written by offsets.cpp

extern fast_request
extern fast_reply
extern fast_async
extern fast_notify
extern system_trap
extern kernel_call
extern kernel_call_failed
extern kernel_call_table
extern boot_cpu_state
extern user_call_trap
extern leave_by_scheduler
extern user_interrupted
extern kernel_trap

global syscall_entry
global exception_stubs
global leave_after_syscall
global leave_after_interrupt

section .text

; ---- the syscall instruction ---------------------------------------------------------------------
syscall_entry:
    swapgs
    mov [gs:PER_CPU_USER_RSP], rsp
    mov rsp, [gs:PER_CPU_CURRENT]       ; rsp is the Process until the stack is set
    mov [rsp + R_RIP], rcx
    mov [rsp + R_RFLAGS], r11
    mov rcx, [gs:PER_CPU_USER_RSP]
    mov [rsp + R_RSP], rcx
    mov [rsp + R_RAX], rax
    mov [rsp + R_RBX], rbx
    mov [rsp + R_RBP], rbp
    mov [rsp + R_RSI], rsi
    mov [rsp + R_RDX], rdx
    mov [rsp + R_R8], r8
    mov [rsp + R_R9], r9
    mov [rsp + R_R10], r10
    mov rbx, rsp                        ; the Process, kept by C++
    mov rsp, [gs:PER_CPU_STACK_TOP]
    cmp byte [rbx + P_IS_USER], 0
    jne from_user_process
    cmp eax, IPC_REPLY_RECEIVE
    je try_fast_reply
    cmp eax, IPC_SENDREC
    je try_fast_request
    mov [rbx + R_RDI], rdi
    cmp eax, FIRST_KERNEL_CALL
    jb other_ipc

; ---- kernel calls: those that the mask allows and that end at once never leave this page -----------
    lea ecx, [rax - FIRST_KERNEL_CALL]
    cmp ecx, KERNEL_CALLS
    jae refused_call
    mov rdx, [rbx + P_PRIVILEGE]
    bt [rdx + PRIVILEGE_KERNEL_CALLS], rcx
    jnc refused_call
    mov rdi, rbx
    mov qword [rbx + P_CALL_PROGRESS], 0
    call [abs kernel_call_table + rcx * 8]  ; CallResult: value or Error in rax, dl says which
    test dl, dl
    jz failed_call
finished_call:                          ; its result in rax
    movzx ecx, byte [boot_cpu_state + SCHEDULER_ASK]
    or ecx, [rbx + P_RUN_FLAGS]
    jnz finished_call_waits
    mov rdx, [rbx + R_RDX]
leave_call:                             ; rdi rsi r8 r9 r10 are lost
    mov rcx, [rbx + R_RIP]
    mov r11, [rbx + R_RFLAGS]
    mov rsp, [rbx + R_RSP]
    mov rbx, [rbx + R_RBX]
    swapgs
    o64 sysret

finished_call_waits:
    mov [rbx + R_RAX], rax
    jmp leave_later
refused_call:
    mov rdi, rbx
    call kernel_call
    jmp call_ended
failed_call:
    mov rdi, rbx
    mov esi, eax
    call kernel_call_failed
call_ended:                             ; al: the caller goes on at once
    test al, al
    jz leave_later
    mov rax, [rbx + R_RAX]
    mov rdx, [rbx + R_RDX]
    jmp leave_call

try_fast_request:
    mov rcx, rax
    shr rcx, 32
    mov [rbx + R_RDI], rdi
    mov rdi, rbx
    call fast_request                   ; (caller, header, tag, peer) -> receiver or null
    test rax, rax
    jz slow_ipc
hand_over:                              ; from rbx to rax, a system process
    mov rsi, [rbx + R_RSI]              ; rewritten by the fast path: source, type, flags
    mov rdx, [rbx + R_RDX]
    mov r8, [rbx + R_R8]
    mov r9, [rbx + R_R9]
    mov r10, [rbx + R_R10]
    mov rdi, [rax + R_RDI]
    mov rbx, [rax + R_RBX]
    mov rbp, [rax + R_RBP]
    mov rcx, [rax + R_RIP]
    mov r11, [rax + R_RFLAGS]
    mov rsp, [rax + R_RSP]
    xor eax, eax
    swapgs
    o64 sysret

try_fast_reply:
    mov rcx, rax
    shr rcx, 32
    mov r9, rdi                         ; receive from
    mov [rbx + R_RDI], rdi
    mov rdi, rbx
    call fast_reply                     ; (caller, header, tag, peer, word 0, from) -> caller of the call, or null
    test rax, rax
    jz slow_ipc
    cmp byte [rax + P_IS_USER], 0
    je hand_over
    mov rdi, rax
    jmp leave_after_syscall

other_ipc:
    cmp eax, IPC_SENDA_RECEIVE
    jne other_send
    mov rcx, rax
    shr rcx, 32
    mov edx, edi                        ; receive from
    mov rdi, rbx
    call fast_async                     ; (caller, header, from, peer) -> receiver or null
    test rax, rax
    jnz hand_over
    jmp slow_ipc
other_send:
    cmp eax, IPC_NOTIFY
    je try_fast_notify
slow_ipc:
    mov [rbx + R_R12], r12
    mov [rbx + R_R13], r13
    mov [rbx + R_R14], r14
    mov [rbx + R_R15], r15
    mov rdi, rbx
    call system_trap                    ; never returns

try_fast_notify:
    shr rax, 32
    mov esi, eax
    mov rdi, rbx
    call fast_notify                    ; (caller, peer) -> it is held
    movzx eax, al
    xor eax, 1
    jz finished_call                    ; as a kernel call that returns 0
    jmp slow_ipc

leave_later:                            ; C++ kept r12..r15 through the kernel call
    mov [rbx + R_R12], r12
    mov [rbx + R_R13], r13
    mov [rbx + R_R14], r14
    mov [rbx + R_R15], r15
    call leave_by_scheduler             ; never returns

from_user_process:
    mov [rbx + R_RDI], rdi
    mov [rbx + R_R12], r12
    mov [rbx + R_R13], r13
    mov [rbx + R_R14], r14
    mov [rbx + R_R15], r15
    mov rdi, rbx
    call user_call_trap                 ; -> whom to resume; all registers in its Process
    mov rdi, rax

; Process in rdi, last entered by syscall: rcx and r11 are free.
leave_after_syscall:
    mov rax, [rdi + R_RAX]
    mov rbx, [rdi + R_RBX]
    mov rdx, [rdi + R_RDX]
    mov rsi, [rdi + R_RSI]
    mov rbp, [rdi + R_RBP]
    mov r8, [rdi + R_R8]
    mov r9, [rdi + R_R9]
    mov r10, [rdi + R_R10]
    mov r12, [rdi + R_R12]
    mov r13, [rdi + R_R13]
    mov r14, [rdi + R_R14]
    mov r15, [rdi + R_R15]
    mov rcx, [rdi + R_RIP]
    mov r11, [rdi + R_RFLAGS]
    mov rsp, [rdi + R_RSP]
    mov rdi, [rdi + R_RDI]
    swapgs
    o64 sysret

; Process in rdi; every register counts.
leave_after_interrupt:
    mov byte [rdi + P_FULL_RESTORE], 0
    push qword USER_DATA
    push qword [rdi + R_RSP]
    push qword [rdi + R_RFLAGS]
    push qword USER_CODE
    push qword [rdi + R_RIP]
    mov rax, [rdi + R_RAX]
    mov rbx, [rdi + R_RBX]
    mov rcx, [rdi + R_RCX]
    mov rdx, [rdi + R_RDX]
    mov rsi, [rdi + R_RSI]
    mov rbp, [rdi + R_RBP]
    mov r8, [rdi + R_R8]
    mov r9, [rdi + R_R9]
    mov r10, [rdi + R_R10]
    mov r11, [rdi + R_R11]
    mov r12, [rdi + R_R12]
    mov r13, [rdi + R_R13]
    mov r14, [rdi + R_R14]
    mov r15, [rdi + R_R15]
    mov rdi, [rdi + R_RDI]
    swapgs
    iretq

; ---- exceptions and interrupts -------------------------------------------------------------------
; On the stack: vector, error code, then what the processor pushed (rip cs rflags rsp ss).
common_stub:
    cld
    test byte [rsp + 24], 3
    jz from_kernel
from_user:
    swapgs
    push rdi
    mov rdi, [gs:PER_CPU_CURRENT]
    mov [rdi + R_RAX], rax
    mov [rdi + R_RBX], rbx
    mov [rdi + R_RCX], rcx
    mov [rdi + R_RDX], rdx
    mov [rdi + R_RSI], rsi
    mov [rdi + R_RBP], rbp
    mov [rdi + R_R8], r8
    mov [rdi + R_R9], r9
    mov [rdi + R_R10], r10
    mov [rdi + R_R11], r11
    mov [rdi + R_R12], r12
    mov [rdi + R_R13], r13
    mov [rdi + R_R14], r14
    mov [rdi + R_R15], r15
    pop rax
    mov [rdi + R_RDI], rax
    pop rsi                             ; vector
    pop rdx                             ; error code
    pop rax
    mov [rdi + R_RIP], rax
    pop rax                             ; cs
    pop rax
    mov [rdi + R_RFLAGS], rax
    pop rax
    mov [rdi + R_RSP], rax
    mov byte [rdi + P_FULL_RESTORE], 1
    mov rsp, [gs:PER_CPU_STACK_TOP]
    call user_interrupted               ; never returns

; Vectors on stacks of their own can strike between an entry and its swapgs: the GS base itself tells.
own_stack_stub:
    cld
    test byte [rsp + 24], 3
    jnz from_user
    push rax
    push rcx
    push rdx
    mov ecx, MSR_GS_BASE
    rdmsr
    test edx, edx
    js .kernel_base
    pop rdx
    pop rcx
    pop rax
    swapgs
    call save_and_handle
    swapgs
    add rsp, 16
    iretq
.kernel_base:
    pop rdx
    pop rcx
    pop rax
from_kernel:
    call save_and_handle
    add rsp, 16                         ; vector and error code
    iretq

; Builds the TrapFrame above the return address it is called with, which is moved below it.
save_and_handle:
    xchg rax, [rsp]                     ; rax in its place, the return address in rax
    push rbx
    push rcx
    push rdx
    push rsi
    push rdi
    push rbp
    push r8
    push r9
    push r10
    push r11
    push r12
    push r13
    push r14
    push r15
    mov rdi, rsp
    mov rbx, rsp
    mov r12, rax
    and rsp, -16
    call kernel_trap
    mov rsp, rbx
    mov rax, r12
    pop r15
    pop r14
    pop r13
    pop r12
    pop r11
    pop r10
    pop r9
    pop r8
    pop rbp
    pop rdi
    pop rsi
    pop rdx
    pop rcx
    pop rbx
    xchg rax, [rsp]
    ret

%macro stub 1
stub_%1:
%if %1 = 8 || (%1 >= 10 && %1 <= 14) || %1 = 17 || %1 = 21 || %1 = 29 || %1 = 30
%else
    push qword 0
%endif
    push qword %1
%if %1 = 2 || %1 = 8 || %1 = 18
    jmp own_stack_stub
%else
    jmp common_stub
%endif
%endmacro

%assign vector 0
%rep 256
    stub vector
%assign vector vector + 1
%endrep

section .rodata
align 8
exception_stubs:
%assign vector 0
%rep 256
    dq stub_ %+ vector
%assign vector vector + 1
%endrep
