#include "test/host/whole/entries.hpp"

// The first instructions of each program, all on one page of their own.
asm(R"(
    .macro entry name, start, main
    .globl axo_entry_\name
axo_entry_\name:
    leaq \main(%rip), %rdi
    xorl %ebp, %ebp
    pushq $0
    jmp \start
    .endm
    .section .text.axo_entries, "ax", @progbits
    .balign 4096
    entry rs, axo_start_service, axo_main_rs
    entry vm, axo_start_service, axo_main_vm
    entry pm, axo_start_service, axo_main_pm
    entry vfs, axo_start_service, axo_main_vfs
    entry ds, axo_start_service, axo_main_ds
    entry memory, axo_start_service, axo_main_memory
    entry ext2, axo_start_service, axo_main_ext2
    entry tmpfs, axo_start_service, axo_main_tmpfs
    entry procfs, axo_start_service, axo_main_procfs
    entry tty, axo_start_service, axo_main_tty
    entry log, axo_start_service, axo_main_log
    entry hello, axo_start_service, axo_main_hello
    entry hello2, axo_start_service, axo_main_hello2
    entry hello_migrate_crashes, axo_start_service, axo_main_hello_migrate_crashes
    entry hello_fail, axo_start_service, axo_main_hello_fail
    entry hello_crash, axo_start_service, axo_main_hello_crash
    entry hello_scribbles, axo_start_service, axo_main_hello_scribbles
    entry hello_refuses, axo_start_service, axo_main_hello_refuses
    entry vfs_fail, axo_start_service, axo_main_vfs_fail
    entry init, axo_start_program, axo_main_init
    .balign 4096
    .section .rodata.axo_schemas, "a", @progbits
    .macro schema name
    .globl axo_schema_\name, axo_schema_end_\name
axo_schema_\name:
    .incbin "\name\().schema"
axo_schema_end_\name:
    .endm
    schema hello
    schema hello2
    schema hello_migrate_crashes
    schema vfs
    .text
)");
