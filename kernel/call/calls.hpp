// The handlers of all kernel calls; kernel_call.hpp of axo says what each does. One file per call or tight family.
#pragma once

#include "kernel/kernel_call.hpp"

namespace axo::kernel::call {

CallResult null(Process &);
CallResult exit(Process &);
CallResult get_info(Process &);
CallResult times(Process &);
CallResult set_alarm(Process &);
CallResult set_grant_table(Process &);
CallResult safe_copy_from(Process &);
CallResult safe_copy_to(Process &);
CallResult vsafe_copy(Process &);
CallResult safe_map(Process &);
CallResult safe_revoke(Process &);
CallResult safe_unmap(Process &);
CallResult diagnostics(Process &);
CallResult state_control(Process &);
CallResult get_log(Process &);
CallResult process_info(Process &);
CallResult fork(Process &);
CallResult exec(Process &);
CallResult clear(Process &);
CallResult privilege_control(Process &);
CallResult schedule(Process &);
CallResult kill(Process &);
CallResult get_signal(Process &);
CallResult end_signal(Process &);
CallResult get_context(Process &);
CallResult set_context(Process &);
CallResult run_control(Process &);
CallResult set_segment_base(Process &);
CallResult set_route(Process &);
CallResult set_clock(Process &);
CallResult update(Process &);
CallResult shutdown(Process &);
CallResult virtual_copy(Process &);
CallResult interrupt_user(Process &);
CallResult check_range(Process &);
CallResult start_thread(Process &);
CallResult fill_user(Process &);
CallResult copy_argument(Process &);
CallResult space_create(Process &);
CallResult space_destroy(Process &);
CallResult map(Process &);
CallResult unmap(Process &);
CallResult protect(Process &);
CallResult clone_range(Process &);
CallResult donate_frames(Process &);
CallResult reclaim_frames(Process &);
CallResult resolve(Process &);
CallResult memory_map(Process &);
CallResult query_page(Process &);
CallResult zero_frames(Process &);
CallResult space_swap(Process &);
CallResult inject_fault(Process &);
CallResult irq_control(Process &);
CallResult port_in(Process &);
CallResult port_out(Process &);
CallResult port_vector(Process &);
CallResult port_string(Process &);
CallResult read_cmos(Process &);

}  // namespace axo::kernel::call
