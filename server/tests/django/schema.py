"""The tutorial's schema and its one route."""

import graphene
import graphql_jwt
from django.contrib.auth import get_user_model
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from graphene_django import DjangoObjectType
from graphene_django.views import GraphQLView


class UserType(DjangoObjectType):
    class Meta:
        model = get_user_model()
        # Not the password, which the tutorial shows and Latchkey does not have.
        exclude = ["password", "refresh_tokens", "groups", "user_permissions"]


class CreateUser(graphene.Mutation):
    user = graphene.Field(UserType)

    class Arguments:
        username = graphene.String(required=True)
        password = graphene.String(required=True)
        email = graphene.String(required=True)

    def mutate(self, info, username, password, email):
        user = get_user_model()(username=username, email=email)
        user.set_password(password)
        user.save()
        return CreateUser(user=user)


class Query(graphene.ObjectType):
    me = graphene.Field(UserType)
    users = graphene.List(UserType)

    def resolve_me(self, info):
        user = getattr(info.context, "user", None)
        if user is None or user.is_anonymous:
            raise Exception("Not logged in!")
        return user

    def resolve_users(self, info):
        return get_user_model().objects.order_by("id")


class Mutation(graphene.ObjectType):
    create_user = CreateUser.Field()
    token_auth = graphql_jwt.ObtainJSONWebToken.Field()
    verify_token = graphql_jwt.Verify.Field()
    refresh_token = graphql_jwt.Refresh.Field()
    revoke_token = graphql_jwt.Revoke.Field()


schema = graphene.Schema(query=Query, mutation=Mutation)
urlpatterns = [path("graphql/", csrf_exempt(GraphQLView.as_view(graphiql=True)))]
