"""Packaging: the three packages that run on a Beam worker, with their data files.

Beam stages this file's source distribution on remote workers (``--setup_file``), which is why the project
keeps a setup.py beside pyproject.toml.
"""

from setuptools import setup

setup(
    name="straitwire",
    version="0.1.0",
    description="Streaming news ingestion on Apache Beam for people who follow Korea-Japan relations",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=[
        "schemas",
        "schemas.data",
        "connectors",
        "connectors.bulk_writes",
        "connectors.kibana",
        "pipeline",
        "pipeline.command_line",
        "pipeline.elasticsearch_io",
        "pipeline.html_report",
        "pipeline.text",
        "pipeline.text.topics",
    ],
    package_data={
        "schemas.data": ["**/*.yaml", "**/*.json", "**/*.npz", "**/*.npy", "**/*.txt", "**/*.gz"],
        "pipeline.html_report": ["*.css", "*.js"],
    },
    install_requires=[
        "apache-beam>=2.77,<2.78",
        "feedparser>=6.0.14,<7",
        "trafilatura>=2.3.1,<2.4",
        "elasticsearch>=8.19.3,<9",
        "aiohttp",
        "brotli",
        "zstandard",
        "pydantic>=2",
        "pyyaml",
        "typer",
        "rich",
        "protego",
        "fastwarc",
        "resiliparse",
        "ahocorasick-rs",
        "lxml",
        "numpy",
        "pyarrow",
        "xxhash",
        "py3langid",
        "tld",
        "tzdata",
    ],
    entry_points={"console_scripts": ["straitwire=pipeline.__main__:main"]},
)
