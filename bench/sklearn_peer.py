"""scikit-learn as a peer: python3 sklearn_peer.py THREADS

Reads lines `task path rows columns seed out`: float32 vectors lie at `path`. Answers each with its seconds, and writes
what it found to `out`.
"""
import os
import sys
import time
import warnings

threads = sys.argv[1]
os.environ.update(OMP_NUM_THREADS=threads, OPENBLAS_NUM_THREADS=threads)

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors

warnings.filterwarnings('ignore')


def tsne(x, seed):
    return TSNE(init='pca', learning_rate='auto', random_state=seed, n_jobs=int(threads)).fit_transform(x)


def neighbours(x, _seed):
    found = NearestNeighbors(n_neighbors=10, algorithm='brute', n_jobs=int(threads)).fit(x)
    return found.kneighbors(return_distance=False)


def pca(x, seed):
    return PCA(10, svd_solver='randomized', random_state=seed).fit(x).explained_variance_


tasks = {'tsne': tsne, 'neighbours': neighbours, 'pca': pca}
print('scikit-learn', sklearn.__version__, flush=True)
for line in sys.stdin:
    task, path, rows, columns, seed, out = line.split()
    x = np.fromfile(path, '<f4').reshape(int(rows), int(columns))
    start = time.perf_counter()
    found = tasks[task](x, int(seed))
    seconds = time.perf_counter() - start
    found.astype('<f4').tofile(out)
    print(seconds, flush=True)
