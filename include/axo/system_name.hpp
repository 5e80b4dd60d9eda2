// What the system calls itself towards Linux programs: uname(2) and /proc agree.
#pragma once

namespace axo::system_name {

inline constexpr char type[] = "Linux";  // what its programs ask for: whose interface this is
inline constexpr char release[] = "6.1.0-axolotl";
inline constexpr char version[] = "#1 Axolotl";

}  // namespace axo::system_name
