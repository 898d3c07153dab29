from leads.services.score.new import scores_of_new
from leads.services.score.rescore import leads_rescore

__all__ = ["leads_rescore", "scores_of_new"]
