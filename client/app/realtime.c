// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// What the system allows: real-time scheduling and locked memory. weir works
// without either, and says once what is missing and what to do.
#include "app/app.h"

#include "common/log.h"
#include "engine/mixer_thread.h"
#include "jack/client.h"
#include "rt/lock.h"

#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_GROUPS = 1024 };

// ---------------------------------------------------------------- scheduling

static bool
may_raise_priority(void)
{
    struct __user_cap_header_struct head = {.version =
                                                _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capget, &head, data) == 0 &&
           (data[0].effective & (1u << CAP_SYS_NICE)) != 0;
}

// Of the callback's priority, which is the higher of the two.
static bool
limit_is_too_low(const struct weir_app *app)
{
    const rlim_t wanted = (rlim_t)weir_jack_mixer_priority(app->jack) + 1;
    struct rlimit limit;
    return !may_raise_priority() && getrlimit(RLIMIT_RTPRIO, &limit) == 0 &&
           limit.rlim_cur < wanted;
}

static bool
is_in_group_audio(void)
{
    gid_t groups[MAX_GROUPS];
    const struct group *audio = getgrnam("audio");
    const int n = getgroups(MAX_GROUPS, groups);
    if (!audio)
        return false;
    for (int i = 0; i < n; i++)
        if (groups[i] == audio->gr_gid)
            return true;
    return getegid() == audio->gr_gid;
}

// Why, and what to do.
static const char *
why_not(const struct weir_app *app)
{
    if (!weir_jack_wants_realtime(app->jack))
        return "the JACK server runs without it (start jackd without -r)";
    if (!limit_is_too_low(app))
        return "the limit rtprio allows it and the system refuses it (a "
               "container, or a control group without a real-time budget: "
               "give it one, or start weir outside of it)";
    if (is_in_group_audio())
        return "the limit rtprio is too low (write \"@audio - rtprio 95\" "
               "into /etc/security/limits.d/audio.conf and log in again; "
               "ulimit -r shows 95 then)";
    return "the limit rtprio is too low (write \"@audio - rtprio 95\" into "
           "/etc/security/limits.d/audio.conf, put this user into the group "
           "audio with adduser USER audio, and log in again; ulimit -r shows "
           "95 then)";
}

void
weir_app_say_scheduling(struct weir_app *app)
{
    const bool callback = weir_jack_is_realtime(app->jack);
    const bool mixer = weir_mixer_thread_is_realtime(app->mixer);
    if (callback && mixer) {
        weir_log(WEIR_LOG_DEBUG, "real-time scheduling: callback and mixer");
        return;
    }
    if (!app->no_realtime_said)
        weir_log(WEIR_LOG_INFO,
                 "no real-time scheduling for the %s, sound may drop out "
                 "under load: %s",
                 callback ? "mixer"
                 : mixer  ? "callback"
                          : "callback and the mixer",
                 why_not(app));
    app->no_realtime_said = true;
}

// -------------------------------------------------------------------- memory

// Under a limit mlockall(MCL_FUTURE) would take the room for every stack.
static bool
lock_all(rlim_t limit)
{
    return limit == RLIM_INFINITY && mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
}

void
weir_app_lock_memory(void)
{
    struct rlimit limit = {0};
    const struct weir_lock_sums sums = weir_lock_sums();
    getrlimit(RLIMIT_MEMLOCK, &limit);
    if (lock_all(limit.rlim_cur)) {
        weir_log(WEIR_LOG_DEBUG, "all memory is locked");
        return;
    }
    weir_log(WEIR_LOG_DEBUG,
             "locked %.1f of %.1f MB that real-time threads use (limit memlock "
             "%.1f MB; \"@audio - memlock unlimited\" in "
             "/etc/security/limits.d/audio.conf locks all)",
             (double)sums.n_locked / 1e6, (double)sums.n_asked / 1e6,
             (double)limit.rlim_cur / 1e6);
}
