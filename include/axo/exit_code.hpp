// How the machine stops in tests: the byte given to test_exit. QEMU's isa-debug-exit turns it into the host's exit
// status (code << 1) | 1, so a test that sees status 33 knows the code was 0x10.
#pragma once

#include <cstdint>

namespace axo {

enum class ExitCode : std::uint8_t {
    success = 0x01,          // what the test asked for happened (host status 3; 0 and 1 are QEMU's own)
    test_failed = 0x02,      // the guest's own test found a fault
    no_archive = 0x10,       // the loader passed no boot archive
    damaged_archive = 0x11,  // its header, table or a checksum is wrong
    bad_service = 0x12,      // a service in it is not an ELF we load
    no_memory = 0x13,        // too little memory for what the archive holds
    bad_root = 0x14,         // the root image is missing or not a file system
    bad_processor = 0x15,    // no long mode, no NX or no SSE2
    kernel_panic = 0x20,
    core_service_died = 0x21,  // RS, VM, PM or VFS
};

constexpr int host_status(ExitCode code) { return static_cast<int>(code) << 1 | 1; }

}  // namespace axo
