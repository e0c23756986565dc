export PATH=/work/m1/build-dev/bin:$PATH PYTHONPATH=/work/m1/tests/stream:/work/m1/tests/faults
/usr/bin/python3 - <<'P'
import subprocess,os,time
from icecast import Icecast,PASSWORD
open('/tmp/bh/pw','w').write(PASSWORD+'\n'); os.chmod('/tmp/bh/pw',0o600)
i=Icecast()
w=subprocess.Popen(['weir','-n','bh','--dummy=48000:256','-s','a:2','-p','7790','--run-dir','/tmp/bh/run'],stdout=subprocess.PIPE,text=True); print(w.stdout.readline())
s=subprocess.Popen(['weir-stream','-n','bh','--run-dir','/tmp/bh/run','--password-file','/tmp/bh/pw','--codec','vorbis','--bitrate','96',i.url('live')])
time.sleep(5)
for k in range(2):
    t=time.time()
    d=subprocess.run(["ffmpeg","-nostdin","-v","error","-i",f"http://127.0.0.1:{i.port}/live","-t","2","-f","s16le","-ac","1","-"],capture_output=True)
    print(len(d.stdout)//2, d.stderr.decode(), time.time()-t)
s.terminate(); s.wait(); subprocess.run(['weirctl','-t','osc.udp://127.0.0.1:7790','call','/quit']); w.wait(); i.kill()
P
