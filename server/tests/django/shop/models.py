"""Users of an app that has its own: another table, other columns, and no name but the e-mail address."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Customer(AbstractBaseUser):
    number = models.BigAutoField(primary_key=True)
    email = models.EmailField(unique=True)
    given_name = models.CharField(max_length=60)
    family_name = models.CharField(max_length=60)
    enabled = models.BooleanField(default=True)
    employee = models.BooleanField(default=False)
    since = models.DateTimeField()

    USERNAME_FIELD = "email"
    objects = BaseUserManager()
