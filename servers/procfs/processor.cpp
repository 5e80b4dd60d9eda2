// What the processor says of itself (Intel SDM volume 2A, CPUID).
#include <cpuid.h>

#include <cstring>

#include "lib/sys/kernel.hpp"
#include "servers/procfs/facts.hpp"

namespace axo::procfs {

namespace {

constexpr unsigned first_brand_leaf = 0x80000002, last_brand_leaf = 0x80000004;

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
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(0, &a, &b, &c, &d) != 0) {
        const unsigned vendor[3] = {b, d, c};
        std::memcpy(facts.vendor, vendor, sizeof vendor);
    }
    if (__get_cpuid(1, &a, &b, &c, &d) != 0) {
        put_signature(facts, a);
        facts.features_d = d;
        facts.features_c = c;
    }
    for (unsigned leaf = first_brand_leaf; leaf <= last_brand_leaf; ++leaf) {
        if (__get_cpuid(leaf, &a, &b, &c, &d) == 0) break;
        const unsigned part[4] = {a, b, c, d};
        std::memcpy(facts.brand + (leaf - first_brand_leaf) * sizeof part, part, sizeof part);
    }
    if (const auto machine = sys::machine_info()) facts.hertz = machine->tsc_hz;
    return facts;
}

}  // namespace axo::procfs
