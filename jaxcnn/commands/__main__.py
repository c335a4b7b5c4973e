"""`python -m jaxcnn.commands` is the `jaxcnn` command, too."""

from jaxcnn.commands import main

if __name__ == "__main__":
    main()
