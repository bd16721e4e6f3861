"""Conditional spaces over scikit-learn pipelines, on the data sets that ship with scikit-learn.

A candidate is a program such as `Pipeline(steps=[('scale', StandardScaler()), ('select', PCA(n_components=0.9, ...)),
('model', SVC(C=10.0, ...))])`: the scikit-learn code one would write.
"""

from .tasks import default_pipeline, pipeline_problem, pipeline_space

__all__ = ["default_pipeline", "pipeline_problem", "pipeline_space"]
