// What the processor says of itself (Intel SDM volume 2A, CPUID).
#include <cstring>

#include "lib/sys/kernel.hpp"
#include "lib/sys/processor.hpp"
#include "servers/procfs/facts.hpp"

namespace axo::procfs {

namespace {

constexpr std::uint32_t first_brand_leaf = 0x80000002, last_brand_leaf = 0x80000004;

/// The extended parts are added in for the values at which they count.
void put_signature(ProcessorFacts &facts, std::uint32_t signature) {
    const std::uint32_t family = signature >> 8 & 0xf, model = signature >> 4 & 0xf;
    facts.stepping = signature & 0xf;
    facts.family = family == 0xf ? family + (signature >> 20 & 0xff) : family;
    facts.model = family == 0xf || family == 6 ? model | (signature >> 16 & 0xf) << 4 : model;
}

}  // namespace

ProcessorFacts processor_facts() {
    ProcessorFacts facts{};
    if (const auto words = sys::cpuid(0)) {
        const std::uint32_t vendor[3] = {words->b, words->d, words->c};
        std::memcpy(facts.vendor, vendor, sizeof vendor);
    }
    if (const auto words = sys::cpuid(1)) {
        put_signature(facts, words->a);
        facts.features_d = words->d;
        facts.features_c = words->c;
    }
    for (std::uint32_t leaf = first_brand_leaf; leaf <= last_brand_leaf; ++leaf) {
        const auto words = sys::cpuid(leaf);
        if (!words) break;
        std::memcpy(facts.brand + (leaf - first_brand_leaf) * sizeof *words, &*words, sizeof *words);
    }
    if (const auto machine = sys::machine_info()) facts.hertz = machine->tsc_hz;
    return facts;
}

}  // namespace axo::procfs
