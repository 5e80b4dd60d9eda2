// Numbers of signals, as Linux has them on x86-64 (signal(7)): of programs and of system processes alike.
#pragma once

namespace axo::signal {

inline constexpr int hup = 1, interrupt = 2, quit = 3, ill = 4, trap = 5, abort = 6, bus = 7, fpe = 8, kill = 9,
                     usr1 = 10, segv = 11, usr2 = 12, pipe = 13, alarm = 14, term = 15, stkflt = 16, child = 17,
                     cont = 18, stop = 19, tstp = 20, ttin = 21, ttou = 22, urg = 23, xcpu = 24, xfsz = 25, vtalrm = 26,
                     prof = 27, winch = 28, io = 29, power = 30, sys = 31;
inline constexpr int last = 64;

}  // namespace axo::signal
