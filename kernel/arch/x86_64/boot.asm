; From the loader to C++: multiboot2 (GRUB) and PVH (QEMU -kernel) both enter in 32-bit mode without paging.
; Builds the kernel's page table, enters long mode in the top 2 GiB and drops the identity map.
;
;   PML4   0  identity, first 2 MiB, only until the jump
;        256  RAM: 4 GiB in 2 MiB pages, supervisor, no execute (memory_map.cpp adds RAM above)
;        511  kernel image, 4 KiB pages: text RX, rodata R, data and bss RW, nothing else

%define KERNEL_BASE 0xffffffff80000000
%define PHYSICAL(symbol) ((symbol) - KERNEL_BASE)

%define PRESENT 1
%define WRITE 2
%define LARGE 0x80
%define GLOBAL 0x100
%define NO_EXECUTE_HIGH 0x80000000      ; bit 63, in the upper half of an entry

%define IMAGE_TABLES 8                  ; 2 MiB each; link.ld checks
%define MULTIBOOT2_LOADED 0x36d76289
%define PVH_LOADED 0x336ec578

extern boot_start
extern text_start, text_end, rodata_end, kernel_end          ; link.ld

global multiboot_entry, kernel_root_table, boot_stack_top

section .multiboot align=8
header:
    dd 0xe85250d6, 0, header_end - header
    dd 0x100000000 - (0xe85250d6 + (header_end - header))
    align 8
    dw 6, 0                             ; modules on page boundaries
    dd 8
    align 8
    dw 0, 0
    dd 8
header_end:

section .note.pvh note alloc noexec nowrite align=4
    dd 4, 4, 18                         ; XEN_ELFNOTE_PHYS32_ENTRY
    db "Xen", 0
    dd pvh_entry

section .boot progbits alloc exec nowrite align=16
bits 32
multiboot_entry:
    cli
    cld
    mov edi, eax
    mov esi, ebx
    jmp enter_long_mode

pvh_entry:
    cli
    cld
    mov edi, PVH_LOADED
    mov esi, ebx

; edi: which loader, esi: its information. Both live until boot_start.
enter_long_mode:
    mov esp, PHYSICAL(boot_stack_top)
    call check_processor
    call clear_tables
    call map_ram
    call map_image
    call link_tables

    mov eax, cr4
    or eax, 0x20                        ; PAE
    mov cr4, eax
    mov eax, PHYSICAL(kernel_root_table)
    mov cr3, eax
    mov ecx, 0xc0000080                 ; EFER: LME, NXE
    rdmsr
    or eax, 0x900
    wrmsr
    mov eax, cr0
    or eax, 0x80010001                  ; PG, WP, PE
    mov cr0, eax
    lgdt [boot_gdt_pointer]
    jmp 0x08:long_mode

check_processor:
    push esi
    push edi
    mov eax, 0x80000000
    cpuid
    cmp eax, 0x80000001
    jb .too_old
    mov eax, 0x80000001
    cpuid
    and edx, (1 << 29) | (1 << 20)      ; long mode, NX
    cmp edx, (1 << 29) | (1 << 20)
    jne .too_old
    mov eax, 1
    cpuid
    test edx, 1 << 26                   ; SSE2
    jz .too_old
    pop edi
    pop esi
    ret
.too_old:
    mov esi, too_old_text
.next:
    mov cl, [esi]
    inc esi
    test cl, cl
    jz .end
    mov al, cl
    out 0xe9, al
    mov dx, 0x3fd
.wait:
    in al, dx
    test al, 0x20
    jz .wait
    mov dx, 0x3f8
    mov al, cl
    out dx, al
    jmp .next
.end:
    mov al, 0x15                        ; ExitCode::bad_processor
    out 0xf4, al
.halt:
    hlt
    jmp .halt

clear_tables:
    push edi
    mov edi, PHYSICAL(tables_start)
    mov ecx, (tables_end - tables_start) / 4
    xor eax, eax
    rep stosd
    pop edi
    ret

; 4 GiB in four directories that follow each other.
map_ram:
    mov ebx, PHYSICAL(ram_directories)
    mov eax, PRESENT | WRITE | LARGE | GLOBAL
    mov ecx, 4 * 512
.next:
    mov [ebx], eax
    mov dword [ebx + 4], NO_EXECUTE_HIGH
    add eax, 0x200000
    add ebx, 8
    loop .next
    ret

; ebx: first physical address, edx: end, ebp: low bits, eax: high half of the entries.
map_pages:
    cmp ebx, edx
    jae .done
    mov ecx, ebx
    shr ecx, 9
    mov [PHYSICAL(image_tables) + ecx + 4], eax
    add ecx, PHYSICAL(image_tables)
    push ebx
    or ebx, ebp
    mov [ecx], ebx
    pop ebx
    add ebx, 0x1000
    jmp map_pages
.done:
    ret

map_image:
    mov ebx, PHYSICAL(text_start)
    mov edx, PHYSICAL(text_end)
    mov ebp, PRESENT | GLOBAL
    xor eax, eax
    call map_pages
    mov edx, PHYSICAL(rodata_end)
    mov eax, NO_EXECUTE_HIGH
    call map_pages
    mov edx, PHYSICAL(kernel_end)
    mov ebp, PRESENT | WRITE | GLOBAL
    call map_pages
    mov ecx, PHYSICAL(stack_guard)      ; a stack that grows too far faults
    shr ecx, 9
    mov dword [PHYSICAL(image_tables) + ecx], 0
    ret

link_tables:
    mov eax, PHYSICAL(image_tables) + (PRESENT | WRITE)
    mov ebx, PHYSICAL(image_directory)
    mov ecx, IMAGE_TABLES
.image:
    mov [ebx], eax
    add eax, 0x1000
    add ebx, 8
    loop .image
    mov eax, PHYSICAL(ram_directories) + (PRESENT | WRITE)
    mov ebx, PHYSICAL(ram_pointers)
    mov ecx, 4
.ram:
    mov [ebx], eax
    add eax, 0x1000
    add ebx, 8
    loop .ram
    mov dword [PHYSICAL(image_pointers) + 510 * 8], PHYSICAL(image_directory) + (PRESENT | WRITE)
    mov dword [PHYSICAL(kernel_root_table) + 256 * 8], PHYSICAL(ram_pointers) + (PRESENT | WRITE)
    mov dword [PHYSICAL(kernel_root_table) + 511 * 8], PHYSICAL(image_pointers) + (PRESENT | WRITE)
    ; The identity map: one large page.
    mov dword [PHYSICAL(kernel_root_table)], PHYSICAL(low_pointers) + (PRESENT | WRITE)
    mov dword [PHYSICAL(low_pointers)], PHYSICAL(low_directory) + (PRESENT | WRITE)
    mov dword [PHYSICAL(low_directory)], PRESENT | WRITE | LARGE
    ret

bits 64
long_mode:
    mov rax, high_half
    jmp rax

align 8
boot_gdt:
    dq 0
    dq 0x00af9a000000ffff               ; kernel code
    dq 0x00cf92000000ffff               ; kernel data
boot_gdt_pointer:
    dw $ - boot_gdt - 1
    dd boot_gdt

too_old_text: db "axolotl: this processor has no long mode, no NX or no SSE2", 13, 10, 0

section .text
high_half:
    mov ax, 0x10
    mov ds, ax
    mov es, ax
    mov ss, ax
    xor eax, eax
    mov fs, ax
    mov gs, ax
    mov rsp, boot_stack_top
    mov rax, kernel_root_table
    mov qword [rax], 0                  ; the identity map goes
    mov rax, cr3
    mov cr3, rax
    xor ebp, ebp                        ; the last frame of every backtrace
    mov edi, edi
    mov esi, esi
    call boot_start                     ; (loader, physical address of its information)
    ud2

section .bss align=4096
alignb 4096
tables_start:
kernel_root_table: resb 4096
ram_pointers:      resb 4096
ram_directories:   resb 4 * 4096
image_pointers:    resb 4096
image_directory:   resb 4096
image_tables:      resb IMAGE_TABLES * 4096
low_pointers:      resb 4096
low_directory:     resb 4096
tables_end:
stack_guard:       resb 4096
boot_stack:        resb 16384           ; then the kernel stack of this processor
boot_stack_top:
