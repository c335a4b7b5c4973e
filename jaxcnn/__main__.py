"""`python -m jaxcnn` is the `jaxcnn` command."""

from jaxcnn.commands import main

if __name__ == "__main__":
    main()
