; The linked vDSO as bytes, for VM.
bits 64
section .rodata
global vdso_image
global vdso_image_bytes
align 16
vdso_image:
    incbin IMAGE
image_end:
align 8
vdso_image_bytes:
    dq image_end - vdso_image
section .note.GNU-stack noalloc noexec nowrite progbits
