// Memory that runs out where a test says so: in host tests every allocation of every Heap passes here (the linker
// wraps Heap::allocate, so the heap itself knows nothing of it).
#pragma once

#include <cstdint>

namespace axo::fake {

class HeapFaults {
public:
    /// One in `n` allocations fails, by a generator that starts at `seed`; 0: none.
    static void fail_one_in(std::uint64_t n, std::uint64_t seed = 1);
    /// The allocation after `n` more fails, alone.
    static void fail_after(std::uint64_t n);
    static void stop() { fail_one_in(0); }
    /// Nothing fails while one lives: a peer's memory is not the server's.
    class Pause {
    public:
        Pause();
        ~Pause();
        Pause(const Pause &) = delete;
        Pause &operator=(const Pause &) = delete;
    };
    /// How many failed since the start of the program.
    static std::uint64_t count();
};

}  // namespace axo::fake
