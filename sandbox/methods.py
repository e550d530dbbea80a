"""The methods of Slack's Web API that the bot may call, each a function of the workspace and the arguments.

https://docs.slack.dev/reference/methods
"""

import json
from collections.abc import Callable

from sandbox.limits import Json, check_view
from sandbox.surfaces import File, Message, View
from sandbox.workspace import SlackError, Workspace
from sandbox.world import BOT_USER, TEAM, Channel, User

Method = Callable[[Workspace, Json], Json]


def auth_test(_: Workspace, arguments: Json) -> Json:
    """Who the bot is."""
    return {"team_id": TEAM, "user_id": BOT_USER, "bot_id": "B0USHERBOT", "team": "Sandbox", "user": "usher"}


def users_info(workspace: Workspace, arguments: Json) -> Json:
    """Who somebody is."""
    return {"user": _user_json(_user(workspace, arguments.get("user")))}


def _user(workspace: Workspace, user_id: object) -> User:
    user = workspace.world.users.get(str(user_id))
    if user is None:
        raise SlackError("user_not_found")
    return user


def usergroups_users_list(workspace: Workspace, arguments: Json) -> Json:
    """Who is in a user group."""
    group = workspace.world.groups.get(str(arguments.get("usergroup")))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": sorted(group)}


def usergroups_list(workspace: Workspace, arguments: Json) -> Json:
    """The user groups."""
    return {"usergroups": [{"id": group, "handle": group.lower()} for group in workspace.world.groups]}


def conversations_info(workspace: Workspace, arguments: Json) -> Json:
    """A channel that the bot may see."""
    channel = workspace.world.channels.get(str(arguments.get("channel")))
    if channel is None or channel.private or channel.direct:
        raise SlackError("channel_not_found")
    return {"channel": {"id": channel.id, "name": channel.name, "is_private": False}}


def conversations_open(workspace: Workspace, arguments: Json) -> Json:
    """The direct messages with somebody."""
    return {"channel": {"id": workspace.direct(_user(workspace, arguments.get("users")).id).id}}


def _place(workspace: Workspace, arguments: Json) -> Channel:
    """The channel to post to; private ones and the direct messages of others do not exist for the bot."""
    channel = workspace.world.channels.get(str(arguments.get("channel")))
    inside = channel is not None and BOT_USER in channel.members
    if channel is None or ((channel.private or channel.direct) and not inside):
        raise SlackError("channel_not_found")
    if not inside:
        raise SlackError("not_in_channel")
    return channel


def chat_post_message(workspace: Workspace, arguments: Json) -> Json:
    """Post to a channel."""
    channel = _place(workspace, arguments)
    return {"channel": channel.id, "ts": workspace.post(channel.id, arguments).ts}


def chat_post_ephemeral(workspace: Workspace, arguments: Json) -> Json:
    """Post to a channel what one person sees."""
    channel, user = _place(workspace, arguments), str(arguments.get("user"))
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    return {"message_ts": workspace.post(channel.id, arguments, user).ts}


def _posted(workspace: Workspace, arguments: Json, refusal: str) -> Message:
    """A message of the bot's own that everybody sees; ephemeral ones cannot be found again."""
    channel = _place(workspace, arguments)
    for message in workspace.messages:
        if (message.channel, message.ts) == (channel.id, str(arguments.get("ts"))) and not message.deleted:
            if message.ephemeral_to:
                break
            if message.user != BOT_USER:
                raise SlackError(refusal)
            return message
    raise SlackError("message_not_found")


def chat_update(workspace: Workspace, arguments: Json) -> Json:
    """Put something else in a message's place."""
    message = _posted(workspace, arguments, "cant_update_message")
    if len(str(arguments.get("text") or "")) > 4000:
        raise SlackError("msg_too_long")
    workspace.rewrite(message, arguments)
    return {"channel": message.channel, "ts": message.ts, "text": message.payload.get("text")}


def chat_delete(workspace: Workspace, arguments: Json) -> Json:
    """Take a message away."""
    message = _posted(workspace, arguments, "cant_delete_message")
    message.deleted = True
    workspace.changes += 1
    return {"channel": message.channel, "ts": message.ts}


def _modal(arguments: Json) -> Json:
    view = arguments.get("view")
    check_view(view)
    if not isinstance(view, dict) or view["type"] != "modal":
        raise SlackError("invalid_arguments")
    return view


def views_open(workspace: Workspace, arguments: Json) -> Json:
    """Open a modal."""
    view = _modal(arguments)
    trigger = workspace.use_trigger(str(arguments.get("trigger_id")))
    workspace.close(trigger.user, everything=True)
    return {"view": workspace.show(trigger.user, view).shown()}


def views_push(workspace: Workspace, arguments: Json) -> Json:
    """Open a modal on top of another."""
    view = _modal(arguments)
    trigger = workspace.use_trigger(str(arguments.get("trigger_id")))
    stack = workspace.stacks.get(trigger.user, [])
    if not stack or len(stack) >= 3:
        raise SlackError("push_limit_reached" if stack else "not_found")
    return {"view": workspace.show(trigger.user, view, previous=stack[-1]).shown()}


def _current(view: View | None, arguments: Json) -> View:
    if view is None or not view.open:
        raise SlackError("not_found")
    if arguments.get("hash") and arguments["hash"] != view.hash:
        raise SlackError("hash_conflict")
    return view


def views_update(workspace: Workspace, arguments: Json) -> Json:
    """Put something else in an open modal's place."""
    spec = _modal(arguments)
    view = _current(workspace.views.get(str(arguments.get("view_id"))), arguments)
    workspace.replace(view, spec)
    return {"view": view.shown()}


def views_publish(workspace: Workspace, arguments: Json) -> Json:
    """Set somebody's Home tab."""
    spec = arguments.get("view")
    check_view(spec)
    if not isinstance(spec, dict) or spec["type"] != "home":
        raise SlackError("invalid_arguments")
    user = _user(workspace, arguments.get("user_id"))
    if user.id in workspace.homes:
        _current(workspace.homes[user.id], arguments)
    return {"view": workspace.publish(user.id, spec).shown()}


def files_get_upload_url(workspace: Workspace, arguments: Json) -> Json:
    """Where to send a file's content."""
    name, length = str(arguments.get("filename") or ""), str(arguments.get("length") or "")
    if not name or not length.isdigit() or not int(length):
        raise SlackError("invalid_arguments")
    file = File(workspace.next_id("F"), name, int(length))
    workspace.files[file.id] = file
    return {"upload_url": f"{workspace.url}/upload/{file.id}", "file_id": file.id}


def files_complete_upload(workspace: Workspace, arguments: Json) -> Json:
    """Show files in a channel whose content was sent."""
    given = arguments.get("files")
    listed = json.loads(given) if isinstance(given, str) else given
    files = [workspace.files.get(str(one.get("id"))) for one in listed or ()]
    ready = [file for file in files if file is not None and file.content is not None]
    if not files or len(ready) < len(files):
        raise SlackError("file_not_found")
    if arguments.get("channel_id"):
        channel = _place(workspace, {"channel": arguments["channel_id"]})
        text = str(arguments.get("initial_comment") or ready[0].name)
        message = workspace.post(channel.id, {"text": text, "thread_ts": arguments.get("thread_ts")})
        message.files = ready
    return {"files": [{"id": file.id, "title": file.name} for file in ready]}


METHODS: dict[str, tuple[Method, int]] = {
    "auth.test": (auth_test, 300),
    "users.info": (users_info, 100),
    "usergroups.users.list": (usergroups_users_list, 20),
    "usergroups.list": (usergroups_list, 20),
    "conversations.info": (conversations_info, 50),
    "conversations.open": (conversations_open, 50),
    "chat.postMessage": (chat_post_message, 300),
    "chat.postEphemeral": (chat_post_ephemeral, 100),
    "chat.update": (chat_update, 50),
    "chat.delete": (chat_delete, 50),
    "views.open": (views_open, 100),
    "views.push": (views_push, 100),
    "views.update": (views_update, 100),
    "views.publish": (views_publish, 100),
    "files.getUploadURLExternal": (files_get_upload_url, 20),
    "files.completeUploadExternal": (files_complete_upload, 50),
}
"""What may be called, and how often in a minute (https://docs.slack.dev/apis/web-api/rate-limits)."""


def _user_json(user: User) -> Json:
    return {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": user.deleted,
        "profile": {
            "real_name": user.real_name,
            "display_name": user.name,
            "image_192": f"https://avatars.example/{user.id}.png",
        },
        "is_admin": user.admin,
        "is_owner": user.owner,
        "is_primary_owner": False,
        "is_restricted": user.guest,
        "is_ultra_restricted": False,
        "is_bot": user.bot,
        **({"is_stranger": True} if user.stranger else {}),
    }
