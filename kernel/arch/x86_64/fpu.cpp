// Extended state images: XSAVE where there is one, else FXSAVE (SDM volume 1, 10.5 and 13.4).
#include "kernel/arch/x86_64/fpu.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/arch/x86_64/processor.hpp"

#include <cstring>

extern "C" {
void fpu_save_all(void *image);
void fpu_restore_all(const void *image);
void fpu_save_legacy(void *image);
void fpu_restore_legacy(const void *image);
void fpu_set_components(std::uint64_t components);
}

namespace axo::kernel::arch {
namespace {

constexpr std::uint64_t x87_and_sse = 3, avx = 4, avx512 = 0xe0;
constexpr std::uint16_t initial_control = 0x37f;
constexpr std::uint32_t initial_mxcsr = 0x1f80, default_mxcsr_mask = 0xffbf;

struct Legacy {
    std::uint16_t control, status;
    std::uint8_t tags, reserved;
    std::uint16_t opcode;
    std::uint64_t instruction, data;
    std::uint32_t mxcsr, mxcsr_mask;
    std::uint8_t registers[480];
};
static_assert(sizeof(Legacy) == 512);

struct Image {
    Legacy legacy;
    std::uint64_t present, compacted, reserved[6];  // the XSAVE header
};

bool with_xsave;
std::uint64_t components;
unsigned state_bytes = sizeof(Legacy);
std::uint32_t mxcsr_mask = default_mxcsr_mask;

void find_mxcsr_mask() {
    alignas(64) static Legacy legacy;
    fpu_save_legacy(&legacy);
    if (legacy.mxcsr_mask != 0) mxcsr_mask = legacy.mxcsr_mask;
}

}  // namespace

void enable_fpu(std::uint64_t features) {
    find_mxcsr_mask();
    with_xsave = (features & cpu_feature::xsave) != 0;
    if (!with_xsave) return;
    components = x87_and_sse;
    if ((features & cpu_feature::avx) != 0) components |= avx;
    if ((features & cpu_feature::avx512) != 0) components |= avx512;
    components &= cpuid(0xd).eax;
    fpu_set_components(components);
    state_bytes = cpuid(0xd).ebx;
    if (state_bytes <= sizeof Context::fpu) return;
    components &= x87_and_sse | avx;
    fpu_set_components(components);
    state_bytes = cpuid(0xd).ebx;
}

unsigned fpu_state_bytes() { return state_bytes; }

void fpu_initialise(void *image) {
    std::memset(image, 0, state_bytes);
    auto *fresh = static_cast<Image *>(image);
    fresh->legacy.control = initial_control;
    fresh->legacy.mxcsr = initial_mxcsr;
}

void fpu_sanitise(void *image) {
    auto *given = static_cast<Image *>(image);
    given->legacy.mxcsr &= mxcsr_mask;
    if (!with_xsave) return;
    given->present &= components;
    given->compacted = 0;
    std::memset(given->reserved, 0, sizeof given->reserved);
}

void fpu_save(void *image) {
    if (with_xsave)
        fpu_save_all(image);
    else
        fpu_save_legacy(image);
}

void fpu_restore(const void *image) {
    if (with_xsave)
        fpu_restore_all(image);
    else
        fpu_restore_legacy(image);
}

}  // namespace axo::kernel::arch
