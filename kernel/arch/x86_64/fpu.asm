; The extended state. In assembly because C++ of the kernel is compiled without these registers.
bits 64
default rel

global fpu_save_all, fpu_restore_all, fpu_save_legacy, fpu_restore_legacy, fpu_set_components

section .text

; (image): everything that XCR0 has
fpu_save_all:
    mov eax, -1
    mov edx, -1
    xsave64 [rdi]
    ret

fpu_restore_all:
    mov eax, -1
    mov edx, -1
    xrstor64 [rdi]
    ret

fpu_save_legacy:
    fxsave64 [rdi]
    ret

fpu_restore_legacy:
    fxrstor64 [rdi]
    ret

; (components): XCR0
fpu_set_components:
    mov eax, edi
    mov rdx, rdi
    shr rdx, 32
    xor ecx, ecx
    xsetbv
    ret
