"""The media shelf: the three image endpoints whose terms are public, and fourteen invented neighbours.

One vote per duplicate cluster, the three being one: the lower median of the shelf is 20000 atomic.
"""

from __future__ import annotations

from catalog.records import Json
from crawler.sample.shapes import BASE, Answer, Row, item_v1, paid, payee

RATIOS = ("21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16")
FORMATS = ("jpeg", "png", "webp")
TUNNEL = "boss-grossly-redbird.ngrok-free.app"
_IMAGES = "api/ai/generations/images"
_SEED = (
    "The same seed and the same prompt given to the same version of the model will output the same image every time."
)
_SYNC = (
    "If set to true, the function will wait for the image to be generated and uploaded before returning the response."
    " This will increase the latency of the function but it allows you to get the image directly in the response"
    " without going through the CDN."
)
_LIMIT = (
    "Experimental parameter to limit the number of generations from each round of prompting to 1. Set to `True` to"
    " to disregard any instructions in the prompt regarding the number of images to generate."
)
_EXAMPLE = (
    "An action shot of a black lab swimming in an inground suburban swimming pool. The camera is placed meticulously"
    " on the water line, dividing the image in half, revealing both the dogs head above water holding a tennis ball"
    " in it's mouth, and it's paws paddling underwater."
)
_RATIO = "The aspect ratio of the generated image."
_FORMAT = "The format of the generated image."
_PROMPT = "The text prompt to generate an image from."


def _either(values: tuple[str, ...], *more: str) -> str:
    """A TypeScript union of string literals, as these endpoints declare types."""
    return " | ".join([*(f'"{value}"' for value in values), *more])


def _field(kind: str, text: str, *, required: bool = False, enum: tuple[str, ...] = ()) -> Json:
    named = {"enum": list(enum)} if enum else {}
    return {**named, "type": kind, "required": required, "description": text}


GENERATE: Json = {
    "input": {
        "type": "http",
        "method": "POST",
        "bodyType": "json",
        "bodyFields": {
            "seed": _field("integer", _SEED + "\n        "),
            "prompt": _field("string", _PROMPT, required=True),
            "sync_mode": _field("boolean", _SYNC + "\n        "),
            "num_images": _field("integer", "The number of images to generate.", enum=("1",)),
            "aspect_ratio": _field(_either(RATIOS), _RATIO, enum=RATIOS),
            "output_format": _field(_either(FORMATS), _FORMAT, enum=FORMATS),
            "limit_generations": _field("boolean", _LIMIT),
        },
    },
    "output": {
        "jobId": {"type": "string", "description": "Unique job identifier"},
        "message": {"type": "string", "description": "Human-readable message with status tracking URL"},
        "statusUrl": {"type": "string", "description": "URL to check job status"},
        "timestamp": {"type": "string", "description": "ISO 8601 timestamp of the response"},
        "statusCode": {"type": "integer", "description": "HTTP status code"},
    },
}

EDIT: Json = {
    "input": {
        "type": "http",
        "method": "POST",
        "bodyType": "json",
        "bodyFields": {
            "prompt": _field("string", "The prompt for image editing.", required=True),
            "sync_mode": _field(
                "boolean",
                "If `True`, the media will be returned as a data URI and the output data won't be available in the"
                " request history.",
            ),
            "image_urls": _field(
                "string[]",
                "The URLs of the images to use for image-to-image generation or image editing.",
                required=True,
            ),
            "num_images": _field("integer", "The number of images to generate.", enum=("1",)),
            "aspect_ratio": _field(_either(("auto", *RATIOS), "null"), _RATIO),
            "output_format": _field(_either(FORMATS), _FORMAT, enum=FORMATS),
            "limit_generations": _field("boolean", _LIMIT),
        },
    },
    "output": {
        "jobId": {"type": "string", "description": "Unique job identifier"},
        "status": {
            "enum": ["processing", "completed", "failed"],
            "type": "string",
            "description": "Job status",
        },
        "requestId": {"type": "string", "description": "Provider request identifier"},
        "statusUrl": {"type": "string", "description": "URL to check job status"},
    },
}


def _alphabetical(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _alphabetical(value[key]) for key in sorted(value)}
    return value


TUNNELLED: Json = _alphabetical(
    {
        "input": {
            "type": "http",
            "method": "POST",
            "bodyType": "json",
            "bodyFields": {
                "aspect_ratio": _field(_either(RATIOS), _RATIO, enum=RATIOS) | {"default": "1:1"},
                "limit_generations": _field("boolean", _LIMIT) | {"default": False},
                "num_images": _field("integer", "Number of images to generate", enum=("1",)) | {"default": 1},
                "output_format": _field(_either(FORMATS), _FORMAT, enum=FORMATS) | {"default": "png"},
                "prompt": _field("string", _PROMPT, required=True) | {"example": _EXAMPLE},
                "seed": _field("integer", _SEED + "\n "),
                "sync_mode": _field("boolean", _SYNC + "\n ") | {"default": False},
            },
        },
        "output": EDIT["output"],
    }
)


def _published(url: str, pay_to: str, text: str, schema: Json, answer: Answer) -> Row:
    """One of the three public endpoints: 52700 atomic USDC on Base, five minutes to pay."""
    accept = {
        "scheme": "exact",
        "network": "base",
        "maxAmountRequired": "52700",
        "resource": url,
        "description": text,
        "mimeType": "application/json",
        "payTo": pay_to,
        "maxTimeoutSeconds": 300,
        "asset": BASE.asset,
        "outputSchema": schema,
        "extra": BASE.extra,
    }
    return Row(url, item_v1(url, [accept]), answer)


_NO_DNS = Answer("POST", status=None, error="dns")
PUBLIC = (
    _published(
        f"https://x402.dopamint.ai/{_IMAGES}/nano-banana",
        "0x5054acbbdd6aed95231cbe833f7bf1db7c248bff",
        "Generate image using nano-banana",
        GENERATE,
        _NO_DNS,
    ),
    _published(
        f"https://x402-dev.dopamint.ai/{_IMAGES}/nano-banana-edit",
        "0x865260e7825c13ffb62e8127b1015da670205502",
        "Generate image using nano-banana/edit",
        EDIT,
        _NO_DNS,
    ),
    _published(
        f"https://{TUNNEL}/{_IMAGES}/nano-banana",
        payee(TUNNEL),
        "Generate images using nano-banana",
        TUNNELLED,
        Answer("POST", 404, 37),
    ),
)

NEIGHBOURS = (
    paid(
        1, "POST https://api.pixelforge.example/v1/images/generate", 20_000, 940,
        "Text-to-image generation with a diffusion model, 1024 pixels square.",
        {"prompt": ("string", "What the picture shows", "a lighthouse in fog"),
         "negative_prompt?": ("string", "What it must not show", "people"),
         "steps?": ("integer", "Diffusion steps, 10 to 60", 30)},
        {"image_url": "https://cdn.pixelforge.example/i/7f.png", "seed": 41},
    ),
    paid(
        1, "POST https://lumenpix.example/api/image-upscale", 15_000, 610,
        "Upscale a photo to four times its size and restore fine detail.",
        {"image_url": ("string", "Photo to enlarge", "https://cdn.lumenpix.example/in.jpg"),
         "factor?": ("integer", "2 or 4", 4)},
        {"image_url": "https://cdn.lumenpix.example/out.jpg", "width": 4096},
    ),
    paid(
        2, "POST https://api.cutline.example/v1/images/remove-background", 10_000, 385,
        "Remove the background of a product photo and return a transparent PNG.",
        {"image_url": ("string", "Product photo", "https://cdn.cutline.example/shoe.jpg")},
        {"png_url": "https://cdn.cutline.example/shoe.png"},
        serviceName="Cutline", tags=["image", "e-commerce"],
    ),
    paid(
        2, "POST https://clipweave.example/api/video/generate", 250_000, 1480,
        "Turn a text prompt into a five second video clip with sound.",
        {"prompt": ("string", "Scene to film", "waves at dusk"),
         "seconds?": ("integer", "Length, 2 to 5", 5)},
        {"job": "c1", "status": "queued"},
        serviceName="Clipweave", tags=["video"],
    ),
    paid(
        1, "POST https://api.voicery.example/v1/audio/speech", 20_000, 455,
        "Read a text aloud in one of forty natural voices and return an mp3 file.",
        {"text": ("string", "Text to speak, up to 4000 characters", "Good evening."),
         "voice?": ("string", "Voice name", "alma")},
        {"audio_url": "https://cdn.voicery.example/a.mp3", "seconds": 3},
    ),
    paid(
        2, "POST https://tunesmith.example/api/music/compose", 100_000, 1890,
        "Compose an instrumental music track from a mood, a tempo and a length.",
        {"mood": ("string", "Mood in a word or two", "calm"),
         "bpm?": ("integer", "Beats per minute", 92)},
        {"track_url": "https://cdn.tunesmith.example/t.mp3"},
        serviceName="Tunesmith", quality={"l30DaysTotalCalls": 318, "l30DaysUniquePayers": 44},
    ),
    paid(
        1, "POST https://stemcraft.example/v1/audio/separate", 40_000, 1120,
        "Separate a song into vocal, drum, bass and other audio stems.",
        {"audio_url": ("string", "Song to separate", "https://cdn.stemcraft.example/s.wav")},
        {"vocals": "https://cdn.stemcraft.example/v.wav", "drums": "https://cdn.stemcraft.example/d.wav"},
    ),
    paid(
        1, "POST https://marque.example/api/logo/design", 80_000, 1310,
        "Design a vector logo from a company name, a style and two colours.",
        {"name": ("string", "Name on the logo", "Northfold"),
         "style?": ("string", "minimal, badge or script", "minimal")},
        {"svg": "<svg/>"},
    ),
    paid(
        2, "GET https://api.chartpress.example/v1/charts/render", 5_000, 96,
        "Render a line, bar or pie chart of a data series as SVG.",
        {"series": ("string", "Comma-separated numbers", "3,1,4,1,5"),
         "kind?": ("string", "line, bar or pie", "bar")},
        {"svg": "<svg/>"},
        serviceName="Chartpress", tags=["charts", "svg"],
    ),
    paid(
        1, "GET https://snapgrid.example/api/screenshot", 2_000, 730,
        "Capture a full-page screenshot of a web page as a PNG image.",
        {"url": ("string", "Page to capture", "https://www.snapgrid.example/"),
         "width?": ("integer", "Viewport width in pixels", 1280)},
        {"image_url": "https://cdn.snapgrid.example/p.png"},
    ),
    paid(
        2, "POST https://api.folio-press.example/v1/pdf/render", 8_000, 268,
        "Render an HTML document as a paginated, print-ready PDF.",
        {"html": ("string", "Document to render", "<h1>Invoice</h1>"),
         "paper?": ("string", "A4 or letter", "A4")},
        {"pdf_url": "https://cdn.folio-press.example/d.pdf", "pages": 2},
        serviceName="Folio Press",
    ),
    paid(
        1, "POST https://stylebrush.example/api/images/style-transfer", 30_000, 870,
        "Repaint a photo in the manner of a reference painting.",
        {"image_url": ("string", "Photo to repaint", "https://cdn.stylebrush.example/p.jpg"),
         "painting_url": ("string", "Reference painting", "https://cdn.stylebrush.example/r.jpg")},
        {"image_url": "https://cdn.stylebrush.example/o.jpg"},
    ),
    paid(
        2, "POST https://loopgif.example/api/video/to-gif", 20_000, 540,
        "Convert a short video into a looping animated GIF.",
        {"video_url": ("string", "Video of at most 30 seconds", "https://cdn.loopgif.example/v.mp4")},
        {"gif_url": "https://cdn.loopgif.example/v.gif"},
    ),
    paid(
        2, "POST https://api.avatarloom.example/v1/images/portrait", 20_000, 1015,
        "Draw a stylised portrait image of a person for use as an avatar.",
        {"image_url": ("string", "Photo of the person", "https://cdn.avatarloom.example/me.jpg"),
         "style?": ("string", "ink, clay or pixel", "ink")},
        {"image_url": "https://cdn.avatarloom.example/avatar.png"},
        serviceName="Avatarloom", tags=["avatar", "portrait"],
    ),
)  # fmt: skip

ROWS = PUBLIC + NEIGHBOURS
