// How a program talks to RS: axo/service_request.hpp in C.
#pragma once

#include "guest.h"

#define RS_CALL 0x1c0
enum { UP, DOWN, REFRESH, RESTART, SHUTDOWN, UPDATE, LOOKUP = 8, STATUS, EVENTS, TRACE, FAULT, UNKNOWN };

// axo/service_request.hpp, StartRecord.
struct start_record {
    uint32_t flags, uid;
    int32_t nice;
    uint32_t major;
    uint64_t period, max_prepare;
    uint32_t update_state, irq_count, io_count, pci_count, pci_class_count, control_count, drop_count, reserved_word;
    uint64_t kernel_calls[2], vm_calls;
    uint8_t irqs[4], reserved[4];
    uint16_t io[24][2], pci[32][2];
    uint32_t pci_classes[4][2];
    char control[8][16], label[16], command[512], script[256], ipc[512], drop[3][48];
};
static long rs(unsigned command, const void *from, unsigned long bytes, void *to, unsigned long room) {
    return syscall(RS_CALL, command, from, bytes, to, room);
}
