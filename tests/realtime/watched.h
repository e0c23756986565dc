// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the weir authors
//
// The calls that a real-time thread must not make: they allocate, lock, wait,
// touch files or format text. What is allowed all the same, and why, is in
// may_call() of watch.c.
#ifndef TESTS_REALTIME_WATCHED_H
#define TESTS_REALTIME_WATCHED_H

// Each is X(its name in libc).
// clang-format off
#define WATCHED(X)                                                             \
    /* memory */                                                               \
    X(malloc) X(calloc) X(realloc) X(reallocarray) X(free)                     \
    X(aligned_alloc) X(posix_memalign) X(memalign) X(valloc) X(pvalloc)        \
    X(mmap) X(mmap64) X(munmap) X(mremap) X(mprotect) X(brk) X(sbrk)           \
    X(madvise) X(mlock) X(mlock2) X(munlock) X(mlockall) X(munlockall)         \
    X(memfd_create) X(strdup) X(strndup)                                       \
    /* locks and threads */                                                    \
    X(pthread_mutex_lock) X(pthread_mutex_trylock)                             \
    X(pthread_mutex_timedlock) X(pthread_mutex_unlock)                         \
    X(pthread_mutex_init) X(pthread_mutex_destroy)                             \
    X(pthread_rwlock_rdlock) X(pthread_rwlock_tryrdlock)                       \
    X(pthread_rwlock_wrlock) X(pthread_rwlock_trywrlock)                       \
    X(pthread_rwlock_unlock)                                                   \
    X(pthread_spin_lock) X(pthread_spin_trylock) X(pthread_spin_unlock)        \
    X(pthread_cond_wait) X(pthread_cond_timedwait)                             \
    X(pthread_cond_signal) X(pthread_cond_broadcast)                           \
    X(pthread_barrier_wait) X(pthread_join) X(pthread_once)                    \
    X(pthread_detach) X(pthread_kill) X(mtx_lock) X(mtx_unlock)                \
    X(cnd_wait) X(cnd_signal)                                                  \
    X(sem_wait) X(sem_trywait) X(sem_timedwait) X(sem_post)                    \
    X(flockfile) X(funlockfile)                                                \
    /* files and sockets */                                                    \
    X(open) X(open64) X(openat) X(openat64) X(creat) X(close) X(fopen)         \
    X(fopen64) X(fdopen) X(fclose) X(fflush) X(opendir) X(readdir)             \
    X(closedir) X(read) X(readv) X(pread) X(pread64) X(write) X(writev)        \
    X(pwrite) X(pwrite64) X(lseek) X(lseek64) X(fread) X(fwrite)               \
    X(fgets) X(getline) X(stat) X(stat64) X(fstat) X(fstat64) X(lstat)         \
    X(lstat64) X(fstatat) X(access) X(readlink) X(unlink) X(rename)            \
    X(mkdir) X(ftruncate) X(ftruncate64) X(fsync) X(fdatasync) X(fcntl)        \
    X(fcntl64) X(flock) X(ioctl) X(dup) X(dup2) X(dup3) X(pipe) X(pipe2)       \
    X(eventfd) X(eventfd_read) X(eventfd_write) X(timerfd_settime)             \
    X(poll) X(ppoll) X(select) X(pselect) X(epoll_wait) X(epoll_pwait)         \
    X(epoll_ctl) X(socket) X(connect) X(accept) X(accept4) X(bind)             \
    X(shutdown) X(send) X(sendto) X(sendmsg) X(sendmmsg) X(recv)               \
    X(recvfrom) X(recvmsg) X(recvmmsg) X(setsockopt) X(getsockopt)             \
    X(__read_chk) X(__pread_chk) X(__recv_chk) X(__poll_chk)                   \
    /* text and logs */                                                        \
    X(printf) X(fprintf) X(dprintf) X(sprintf) X(snprintf) X(asprintf)         \
    X(vprintf) X(vfprintf) X(vdprintf) X(vsprintf) X(vsnprintf)                \
    X(vasprintf) X(puts) X(putchar) X(putc) X(fputs) X(fputc) X(perror)        \
    X(scanf) X(sscanf) X(__isoc99_sscanf) X(strtod) X(strerror)                \
    X(syslog) X(vsyslog) X(openlog) X(getenv) X(setenv)                        \
    X(__printf_chk) X(__fprintf_chk) X(__dprintf_chk) X(__sprintf_chk)         \
    X(__snprintf_chk) X(__asprintf_chk) X(__vprintf_chk)                       \
    X(__vfprintf_chk) X(__vsprintf_chk) X(__vsnprintf_chk)                     \
    X(__syslog_chk) X(__vsyslog_chk)                                           \
    X(sd_journal_print) X(sd_journal_send) X(sd_notify)                        \
    /* waiting, and what hands the processor away */                           \
    X(sleep) X(usleep) X(nanosleep) X(clock_nanosleep) X(sched_yield)          \
    X(pause) X(sigwait) X(raise) X(kill) X(fork) X(vfork) X(execve)            \
    X(waitpid) X(system) X(dlopen) X(dlclose)                                  \
    X(pthread_setschedparam) X(sched_setscheduler) X(sched_setaffinity)        \
    X(getrandom) X(prctl)                                                      \
    /* anything: looked at more closely */                                     \
    X(syscall)
// clang-format on

#endif
